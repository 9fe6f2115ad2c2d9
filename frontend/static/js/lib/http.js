// Asking the server over HTTP: JSON verbs with their key, HTML fragments, uploads with progress.
import {upgrade} from 'lib/upgrade'

const STALLED = 45_000
const PATIENCE = 30_000 // and a millisecond for each byte sent: 2G carries little more than one

/** The server said no, or nobody answered (status 0). `error` is the body's error object when there is one. */
export class Refused extends Error {
  constructor(status, error = {}) {
    super(error.message || '')
    Object.assign(this, {status, error, code: error.code || ''})
  }
  /** Worth trying again later with the same key: no network, overload, a fault of the server. */
  get passing() { return this.status === 0 || this.status === 408 || this.status === 429 || this.status >= 500 }
}

async function ask(url, options, patience = PATIENCE) {
  let response
  try {
    response = await fetch(url, {credentials: 'same-origin', signal: AbortSignal.timeout?.(patience), ...options})
  } catch {
    throw new Refused(0)
  }
  if (response.ok) return response
  const body = await response.json().catch(() => ({}))
  throw new Refused(response.status, body.error)
}

/** POST a FormData or an object; returns {data, location}. The same key is safe to send again. */
export async function post(url, body, key, method = 'POST') {
  const headers = {Accept: 'application/json', 'Idempotency-Key': key}
  const form = body instanceof FormData
  if (!form) headers['Content-Type'] = 'application/json'
  const sent = form ? body : JSON.stringify(body)
  const response = await ask(url, {method, headers, body: sent}, PATIENCE + weight(sent))
  const data = await response.json().catch(() => ({}))
  return {data, location: response.headers.get('Location') || data?.redirect}
}

/** Bytes, nearly. */
function weight(sent) {
  const parts = sent instanceof FormData ? [...sent.values()] : [sent]
  return parts.reduce((sum, part) => sum + (part.size ?? part.length), 0)
}

/** `url`, answering in the language that this page alone was asked for in (`?lang=`), if it was. */
export function alike(url) {
  const lang = new URLSearchParams(location.search).get('lang')
  if (!lang) return url
  const there = new URL(url, location.href)
  if (!there.searchParams.has('lang')) there.searchParams.set('lang', lang)
  return there.href
}

/** The page or fragment at `url`, as nodes ready to stand in this page. */
export async function html(url) {
  const response = await ask(alike(url), {headers: {Accept: 'text/html'}})
  const page = new DOMParser().parseFromString(await response.text(), 'text/html')
  upgrade(page)
  return page
}

/** Upload one file; `progress` hears 0..1. Only XMLHttpRequest tells how far an upload is. */
export function upload(file, purpose, key, progress = () => {}) {
  return new Promise((resolve, reject) => {
    const form = new FormData()
    form.append('purpose', purpose)
    form.append('file', file, file.name || 'photo.jpg')
    const request = new XMLHttpRequest()
    let watch
    const moves = () => { // slow is fine; a line on which nothing moves is dead
      clearTimeout(watch)
      watch = setTimeout(() => request.abort(), STALLED)
    }
    request.open('POST', '/media')
    request.responseType = 'json'
    request.setRequestHeader('Accept', 'application/json')
    request.setRequestHeader('Idempotency-Key', key)
    request.upload.onprogress = event => {
      moves()
      if (event.lengthComputable) progress(event.loaded / event.total)
    }
    request.onload = () => request.status < 300
      ? resolve(request.response) : reject(new Refused(request.status, request.response?.error))
    request.onerror = request.onabort = () => reject(new Refused(0))
    request.onloadend = () => clearTimeout(watch)
    moves()
    request.send(form)
  })
}
