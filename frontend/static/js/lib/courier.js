// What a courier did, kept on this phone until the hub has it: in the order in which it was done, each step with a key of its
// own, so that it counts once. Of all parcels: who has gone on to the next one needn't come back to this one's page.
import {all, get, put, remove} from 'lib/db'
import {Refused, post} from 'lib/http'
import {uuid} from 'lib/identity'
import {all as everywhere, listen} from 'lib/tabs'

const STEP = 'courier-step-', TOLD = 'courier-told-'
const PHOTO = 'file' // as the form calls it
const PICTURE = ([, value]) => value instanceof Blob
const ID_ENDS = '/c/'.length + 21 // 16 bytes are 21 letters and a bit
const AGAIN = 15_000, FORGOTTEN = 60 * 86_400_000
const CLDR = {zgh: ['shi-Latn', 'fr'], ar: 'ar-MA'}
let begun, carrying, more, times

/** Everything that waits here or was refused, oldest first: {thread, number, key, path, to, status, at, url, fields, refused?, pictures?, gone?, full?};
    `pictures`: those that were refused; `gone`: its link opens nothing any more; `full`: nor does it take anything more. */
export async function kept() {
  const steps = (await all('drafts')).filter(({thread}) => thread.startsWith(STEP))
  return steps.sort((a, b) => a.number - b.number || (a.key < b.key ? -1 : 1)) // the phone's clock may have gone back
}

/** Write a step down, and send it when that is possible. False: it is lost with this page. */
export async function add(step) {
  const number = Math.max(0, ...(await kept()).map(one => one.number)) + 1, key = uuid()
  const lasts = await put('drafts', {...step, thread: STEP + key, key, number})
  changed()
  flush()
  return lasts
}

/** What was done by an earlier link of this parcel, which opens nothing any more, goes by the one that is open now: the work was done.
    What was too much for a day is tried once more. */
export async function readdress(path) {
  const left = (await kept()).filter(step => sameParcel(step.path, path) && (step.full || step.gone && step.path !== path))
  for (const step of left) await put('drafts', renewed(step, path))
  if (left.length) changed()
}

function renewed({refused, gone, full, ...step}, path) {
  return {...step, path, url: step.url.replace(step.path, path)}
}

/** A link is the parcel's id and a signature; this much of it is the id. */
const sameParcel = (one, other) => one.slice(0, ID_ENDS) === other.slice(0, ID_ENDS)

export async function drop(thread) {
  await remove('drafts', thread)
  changed()
}

/** A moment, as this page writes it. */
export const shown = at => {
  const lang = document.documentElement.lang
  times ||= new Intl.DateTimeFormat(CLDR[lang] || lang, {day: 'numeric', month: 'short', hour: '2-digit', minute: '2-digit'})
  return times.format(new Date(at))
}

/** Once more without the pictures that the hub refused: the delivery isn't lost with them. What differs has a key of its own. */
export async function withoutPictures(thread) {
  const found = await get('drafts', thread), key = uuid()
  if (!found) return // another tab had it
  const {refused, pictures, ...step} = found
  const fields = step.fields.filter(([name]) => !pictures.includes(name))
  await put('drafts', {...step, thread: STEP + key, key, fields}, ['drafts', thread])
  changed()
  flush()
}

/** What the hub last said of a parcel here: its page may have been kept from before that. */
export const told = path => get('drafts', TOLD + path)

/** Draw `element` now and whenever what is kept has changed, one drawing after the other; the answer ends it. */
export function follow(element) {
  let drawn = Promise.resolve()
  const draw = () => { drawn = drawn.then(() => element.draw()) }
  document.addEventListener('hub:steps', draw)
  draw()
  carry()
  return () => document.removeEventListener('hub:steps', draw)
}

/** Begin to send what waits; once a page, whichever of its elements comes first. */
function carry() {
  if (begun) return
  begun = true
  const chosen = new URLSearchParams(location.search).get('lang') // without a network the hub could not keep it
  if (chosen === document.documentElement.lang) document.cookie = `anou_courier_locale=${chosen}; Path=/c/; Max-Age=31536000; SameSite=Lax`
  listen()
  setInterval(flush, AGAIN)
  addEventListener('online', flush)
  document.addEventListener('visibilitychange', () => document.visibilityState === 'visible' && flush())
  navigator.serviceWorker?.register('/c/sw.js', {scope: '/c/'}).catch(() => {}) // without one only an open page works offline
  navigator.serviceWorker?.ready.then(({active}) => active.postMessage(document.documentElement.lang))
  forget()
  readdress(location.pathname).finally(flush)
}

export function flush() {
  more = true
  carrying ||= send().catch(() => {}).finally(() => { carrying = null })
  return carrying
}

async function send() {
  const once = async () => {
    while (more) {
      more = false
      await sendAll()
    }
  }
  return navigator.locks ? navigator.locks.request('anou-courier', once) : once() // one tab at a time
}

async function sendAll() {
  const stuck = new Set()
  for (;;) {
    const step = (await kept()).find(({path, refused}) => !refused && !stuck.has(path))
    if (!step) return
    try {
      const {data} = await post(step.url, body(step), step.key)
      await learn(step.path, said(data)) // first: the key lets it be sent again
      await remove('drafts', step.thread)
    } catch (refused) {
      if (!(refused instanceof Refused) || refused.status === 0) return
      if (refused.passing) stuck.add(step.path) // other parcels needn't wait for this one
      else await put('drafts', refusedBy(refused, step))
    }
    changed()
  }
}

function refusedBy(refused, step) {
  const here = location.pathname, gone = refused.status === 404
  if (gone && step.path !== here && sameParcel(step.path, here)) return renewed(step, here)
  const named = pictures(refused, step)
  return {...step, refused: refused.message || `${refused.status}`, gone, full: refused.code === 'link_full' && !named.length, pictures: named}
}

/** Which of its pictures the hub said no to: it names them. 413 may also come from a house's proxy, in no words. */
function pictures({status, error}, {fields}) {
  const sent = fields.filter(PICTURE).map(([name]) => name)
  const named = sent.filter(name => name in (error.fields ?? {}))
  if (named.length || status !== 413) return named
  return sent.includes(PHOTO) ? [PHOTO] : sent // a second no is to the signature
}

async function learn(path, news) {
  if (news.heard >= ((await told(path))?.heard ?? '')) await put('drafts', {thread: TOLD + path, ...news, seen: Date.now()}) // not an answer given long ago
}

function body({fields}) {
  const found = new FormData()
  for (const [name, value] of fields) found.append(name, value, ...(value instanceof Blob ? [`${name}.${value.type.split('/')[1]}`] : []))
  return found
}

function said({status, checkpoints, booked_at, proof}) {
  const when = Object.fromEntries(checkpoints.map(scan => [scan.status, scan.at]).reverse())
  const heard = checkpoints.map(scan => scan.received_at).reduce((a, b) => a > b ? a : b, booked_at)
  return {status, heard, when, name: proof?.name ?? ''}
}

async function forget() {
  for (const {thread, seen} of await all('drafts')) if (thread.startsWith(TOLD) && Date.now() - seen > FORGOTTEN) await remove('drafts', thread)
}

const changed = () => everywhere('steps') // also of the page that lies open in another tab
