// Nothing typed is ever lost: a message is written down first, then sent, in order, with one client id for ever.
// record: {cid, n, thread, kind, body, lang, reply_to, photos: [{blob, id?, key}], state: waiting | refused, words?}
import * as db from 'lib/db'
import {post, upload} from 'lib/http'
import {person, uuid} from 'lib/identity'
import {backOff} from 'lib/reconnect'
import {socket} from 'lib/socket'

const WITHOUT_SOCKET = 8_000 // then HTTP is tried

export class Outbox {
  #busy = new Map() // thread -> again?
  #timer = null
  #last = 0
  #failed = 0

  constructor({store = db, line = socket, http = {post, upload}, emit, lock, now = Date.now} = {}) {
    this.emit = emit || (detail => document.dispatchEvent(new CustomEvent('hub:outbox', {detail})))
    this.lock = lock || ((name, act) => navigator.locks ? navigator.locks.request(name, act) : act())
    Object.assign(this, {store, line, http, now})
  }

  /** Write it down, show it, try to send it. */
  async add({thread, kind = 'text', body = '', photos = [], lang, reply_to}) {
    this.#last = Math.max(this.now(), this.#last + 1)
    const record = {
      cid: uuid(), n: this.#last, thread, kind, body, lang, reply_to, state: 'waiting',
      photos: photos.map(blob => ({blob, key: uuid()})),
    }
    await this.store.put('outbox', record)
    this.#tell(record)
    this.line.wake?.() // somebody is here and wants it gone: no waiting for the next try
    this.flush(thread)
    return record
  }

  async list(thread) {
    const records = await this.store.all('outbox')
    return records.filter(record => !thread || record.thread === thread).sort((a, b) => a.n - b.n)
  }

  async retry(cid) {
    const record = await this.store.get('outbox', cid)
    if (!record) return
    await this.#keep(record, {state: 'waiting', words: ''})
    this.flush(record.thread)
  }

  /** Take a refused one out again, to be edited. */
  async take(cid) {
    const record = await this.store.get('outbox', cid)
    if (record) await this.#finish(record, {state: 'taken'})
    return record
  }

  /** It came back as an event: stored, whatever happened to the answer. */
  async seen({cid, by}) {
    if (cid && by === person()) await this.store.remove('outbox', cid)
  }

  /** Send what waits, each thread by itself, one tab at a time. */
  async flush(thread) {
    clearTimeout(this.#timer)
    this.#timer = null
    const waiting = (await this.list(thread)).filter(record => record.state === 'waiting')
    for (const name of new Set(waiting.map(record => record.thread))) this.#drain(name)
  }

  async #drain(thread) {
    if (this.#busy.has(thread)) return this.#busy.set(thread, true)
    let later = null
    do {
      this.#busy.set(thread, false)
      later = await this.lock(`anou-outbox-${thread}`, () => this.#sendAll(thread)).catch(() => WITHOUT_SOCKET)
    } while (this.#busy.get(thread) && later === null)
    this.#busy.delete(thread)
    if (later !== null) this.#timer ||= setTimeout(() => this.flush(), later)
  }

  async #sendAll(thread) { // null when all are gone, else ms until the next try
    for (;;) {
      const record = (await this.list(thread)).find(one => one.state === 'waiting')
      if (!record) return null
      try {
        const stored = await this.#send(record)
        this.#failed = 0
        await this.#finish(record, {state: 'sent', seq: stored.seq, at: stored.at})
      } catch (error) {
        if (this.#passing(error)) return error.after_ms || this.#pause()
        await this.#keep(record, {state: 'refused', words: error.message, code: error.code})
      }
    }
  }

  async #send(record) {
    for (const photo of record.photos) {
      if (photo.id) continue
      const progress = share => this.#tell({...record, progress: share})
      photo.id = (await this.http.upload(photo.blob, 'message', photo.key, progress)).id
      await this.#keep(record, {})
    }
    const {cid, thread, kind, body, lang, reply_to} = record
    const media = record.photos.map(photo => photo.id)
    const message = {cid, kind, body: body || undefined, media: media.length ? media : undefined, lang, reply_to}
    if (this.line.live) return this.line.ask({t: 'send', thread, ...message})
    if (this.line.downFor < WITHOUT_SOCKET) throw {code: 'offline', retry: true}
    return (await this.http.post(`/threads/${thread}/messages`, message, cid)).data
  }

  #passing(error) {
    if (error.status === 401) return true // it waits until they have signed in again
    return error.retry ?? error.passing ?? true
  }

  #pause() { // with a line: a breath; without one: until HTTP may be tried
    return Math.max(backOff(this.#failed++), this.line.live ? 0 : WITHOUT_SOCKET - this.line.downFor)
  }

  async #keep(record, changes) {
    Object.assign(record, changes)
    await this.store.put('outbox', record)
    this.#tell(record)
  }

  async #finish(record, changes) {
    await this.store.remove('outbox', record.cid)
    this.#tell({...record, ...changes})
  }

  #tell(record) { this.emit(record) }
}

let only
/** The outbox of this tab; the other tabs hear what happens in it, and draw it too. */
export function outbox() {
  if (only) return only
  const show = detail => document.dispatchEvent(new CustomEvent('hub:outbox', {detail}))
  const others = globalThis.BroadcastChannel && new BroadcastChannel('anou-outbox-' + person())
  others?.addEventListener('message', ({data}) => show(data))
  only = new Outbox({emit: detail => { show(detail); others?.postMessage(detail) }})
  document.addEventListener('hub:state', ({detail}) => detail.state === 'live' && only.flush())
  document.addEventListener('hub:event', ({detail}) => only.seen(detail))
  for (const name of ['online', 'focus']) window.addEventListener(name, () => only.flush())
  return only
}
