// Nothing typed is ever lost: a message is written down first, then sent, in order, with one client id for ever.
// record: {cid, n, thread, kind, body, lang, reply_to, photos: [{blob, id?, key}], state: waiting | refused, words?,
// fleeting: only this page knows it}
import * as db from 'lib/db'
import {post, upload} from 'lib/http'
import {person, uuid} from 'lib/identity'
import {backOff} from 'lib/reconnect'
import * as slate from 'lib/slate'
import {socket} from 'lib/socket'
import {all, listen} from 'lib/tabs'

const WITHOUT_SOCKET = 8_000 // then HTTP is tried
const LONG = 8_000 // UTF-16 units: too long in any case, and perhaps for a frame; HTTP says so in words
const PACE = 600 // between two messages, once the hub found us too fast

export class Outbox {
  #busy = new Map() // thread -> again?
  #timer = null
  #last = 0
  #failed = 0

  /** What was tapped on a page that was gone before it was in the store is there now. */
  ready = Promise.resolve()

  constructor({store = db, line = socket, http = {post, upload}, emit, lock, now = Date.now} = {}) {
    this.emit = emit || (detail => all('outbox', detail))
    this.lock = lock || ((name, act) => navigator.locks ? navigator.locks.request(name, act) : act())
    Object.assign(this, {store, line, http, now})
  }

  /** Write it down in place of its draft (of which there may be a `rest` that goes later), show it, try to send it. */
  async add({thread, kind = 'text', body = '', photos = [], lang, reply_to, rest = false}) {
    this.#failed = 0 // somebody is here and wants it gone: no waiting for the next try
    this.#last = Math.max(this.now(), this.#last + 1)
    const record = {
      cid: uuid(), n: this.#last, thread, kind, body: storable(body), lang, reply_to, state: 'waiting',
      photos: photos.map(blob => ({blob, key: uuid()})),
    }
    if (!photos.length) slate.note('sending', record.cid, record) // with photos, the draft is kept until the store has it
    await this.#append(record, rest ? undefined : ['drafts', thread])
    this.line.wake?.()
    this.flush()
    return record
  }

  /** What an earlier page could only note; sent under the same client id, so that once more is no second time. Then what waits
      is sent: the line may have come before this had an end. */
  async adopt() {
    for (const record of slate.notes('sending').sort((a, b) => a.n - b.n)) {
      const draft = await this.store.get('drafts', record.thread)
      const same = draft?.words.trim() === record.body && !draft.photos.length
      await this.#append(record, same ? ['drafts', record.thread] : undefined)
    }
    this.flush()
  }

  async #append(record, also) {
    const before = (await this.list(record.thread)).filter(one => one.cid !== record.cid).at(-1)?.n ?? 0
    if (before >= record.n) record.n = this.#last = Math.max(this.#last, before) + 1 // a phone's clock may have gone back
    await this.#keep(record, {}, also)
    if (!record.fleeting) slate.erase('sending', record.cid)
  }

  async list(thread) {
    const records = await this.store.all('outbox')
    return records.filter(record => !thread || record.thread === thread).sort((a, b) => a.n - b.n || (a.cid < b.cid ? -1 : 1))
  }

  async retry(cid) {
    const record = await this.store.get('outbox', cid)
    if (!record) return
    await this.#keep(record, {state: 'waiting', words: ''})
    this.flush()
  }

  /** A refused one becomes a draft again, in one breath: `drafted` makes the draft from it. */
  async take(cid, drafted) {
    const record = await this.store.get('outbox', cid)
    if (record?.state !== 'refused') return
    await this.store.put('drafts', drafted(record), ['outbox', cid])
    slate.erase('sending', cid)
    this.emit({...record, state: 'taken'})
  }

  /** It came back as an event: stored, whatever happened to the answer. */
  async seen({cid, by}) {
    if (cid && by === person()) await this.#remove(cid)
  }

  /** Send what waits, each thread by itself, one tab at a time. */
  async flush() {
    clearTimeout(this.#timer)
    this.#timer = null
    const waiting = (await this.list()).filter(record => record.state === 'waiting')
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
    for (let pace = 0; ;) {
      const record = (await this.list(thread)).find(one => one.state === 'waiting')
      if (!record) return null
      try {
        const {seq, at} = await this.#send(record)
        this.#failed = 0
        await this.#remove(record.cid)
        this.emit({...record, state: 'sent', seq, at})
      } catch (error) {
        if (error.code === 'rate') pace = Math.max(PACE, error.after_ms || 0)
        else if (this.#passing(error)) return error.after_ms || this.#pause()
        else if (await this.store.get('outbox', record.cid)) await this.#keep(record, {state: 'refused', words: error.message, code: error.code})
      }
      if (pace) await new Promise(resolve => setTimeout(resolve, pace))
    }
  }

  async #send(record) {
    for (const photo of record.photos) {
      if (photo.id) continue
      const progress = share => this.emit({...record, progress: share})
      photo.id = (await this.http.upload(photo.blob, 'message', photo.key, progress)).id
      await this.#keep(record, {})
    }
    const {cid, thread, kind, body, lang, reply_to} = record
    const media = record.photos.map(photo => photo.id)
    const message = {cid, kind, body: body || undefined, media: media.length ? media : undefined, lang, reply_to}
    if (this.line.live && !(body.length > LONG)) return this.line.ask({t: 'send', thread, ...message})
    if (!this.line.live && (this.line.state === 'signed-out' || this.line.downFor < WITHOUT_SOCKET)) throw {code: 'offline', retry: true}
    const {data} = await this.http.post(`/threads/${thread}/messages`, message, cid)
    this.line.wake?.() // the hub is there
    return data
  }

  #passing(error) {
    if (error.status === 401) this.line.drop(4001) // it waits until they have signed in again
    return error.status === 401 || (error.retry ?? error.passing ?? true)
  }

  #pause() { // with a line: a breath; without one: until HTTP may be tried; only what was tried has failed
    const early = this.line.live ? 0 : WITHOUT_SOCKET - this.line.downFor
    return early > 0 ? early : backOff(this.#failed++)
  }

  async #remove(cid) {
    slate.erase('sending', cid)
    await this.store.remove('outbox', cid)
  }

  async #keep(record, changes, also) {
    Object.assign(record, changes, {fleeting: false})
    record.fleeting = !await this.store.put('outbox', record, also)
    this.emit(record)
  }
}

/** Without what no store and no frame can hold. */
const storable = words => (words.toWellFormed?.() ?? words).replaceAll('\0', '')

let only
/** The outbox of this tab; the other tabs hear what happens in it, and draw it too. */
export function outbox() {
  if (only) return only
  only = new Outbox()
  listen()
  document.addEventListener('hub:state', ({detail}) => detail.state === 'live' && only.flush())
  document.addEventListener('hub:event', ({detail}) => only.seen(detail))
  for (const name of ['online', 'focus', 'pageshow']) window.addEventListener(name, () => only.flush())
  only.ready = only.adopt()
  return only
}
