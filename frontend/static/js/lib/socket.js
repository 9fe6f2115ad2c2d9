// The one socket of this tab: hub.v1 with everything a bad network needs. What arrives becomes `hub:*` events on document.
import {Following} from 'lib/following'
import {device, person} from 'lib/identity'
import {afterClose} from 'lib/reconnect'

const SILENCE = 35_000 // without a frame: the line is dead
const PATIENCE = 20_000 // for an answer, and for the handshake
const PROBE = 5_000 // for a pong after waking up
const HELLO_BY = 6_000 // the hub waits 10 s for it
const LOOK = 5_000 // a clock that was stopped (a closed lid, a frozen tab) is noticed this soon after
const ANSWERS = new Set(['ok', 'error', 'events', 'pong'])
const SIGNALS = new Set(['head', 'receipt', 'typing', 'presence', 'position', 'hint'])

export class Socket {
  state = 'offline' // connecting live offline stopped signed-out
  code // with which the line was closed, for an element that comes after it
  ready = null // a promise: hello waits for it, so that it names the threads of this page
  #ws = null
  #epoch
  #focus = null
  #asks = new Map()
  #ref = 0
  #attempt = 0
  #heard = 0 // when a frame was heard last
  #due = 0 // when one must have been heard
  #leave = null // when a hub that goes down wants us back
  #timers = {}

  constructor({connect, emit, now = Date.now, random = Math.random, me = device, who = person} = {}) {
    this.connect = connect || (() => new WebSocket(location.origin.replace(/^http/, 'ws') + '/ws', 'hub.v1'))
    this.emit = emit || ((name, detail) => document.dispatchEvent(new CustomEvent('hub:' + name, {detail})))
    Object.assign(this, {now, random, me, who, downSince: now()})
    this.following = new Following(this)
  }

  get live() { return this.state === 'live' }
  get downFor() { return this.live ? 0 : this.now() - this.downSince }

  // -- what elements say

  /** Follow a thread whose events up to `last` stand on the page. */
  follow(thread, last) { this.following.begin(thread, last) }

  /** Send and wait for the answer with the same `ref`; rejects with {code, retry, after_ms, message}. */
  ask(frame) {
    return new Promise((resolve, reject) => {
      const ref = String(++this.#ref)
      if (!this.tell({...frame, ref})) return reject({code: 'offline', retry: true})
      const timer = setTimeout(() => this.#answer({ref, t: 'error', code: 'timeout', retry: true}), PATIENCE)
      this.#asks.set(ref, {resolve, reject, timer})
      this.#timers.doubt ||= setTimeout(() => { this.#timers.doubt = null; this.#probe() }, PROBE)
    })
  }

  /** Send without waiting; false when there is no line (and nothing is kept for later). */
  tell(frame) {
    if (!this.live || this.#ws?.readyState !== 1) return false
    this.#ws.send(JSON.stringify(frame))
    return true
  }

  read(thread, seq) {
    this.following.mark(thread, 'read', seq)
    this.emit('seen', {thread, seq})
  }

  focus(thread) {
    if (thread === this.#focus) return
    this.#focus = thread
    this.tell({t: 'focus', thread})
  }

  typing(thread, on) { this.tell({t: 'typing', thread, on}) }

  // -- the life of a connection

  start() {
    if (this.#ws || this.state === 'stopped') return
    clearTimeout(this.#timers.retry)
    this.#set('connecting')
    let ws
    try {
      ws = this.#ws = this.connect()
    } catch {
      return this.#closed(1006)
    }
    const mine = handle => event => { if (ws === this.#ws) handle(event) }
    ws.onopen = mine(() => this.ready ? this.#prepared().then(mine(() => this.#hello())) : this.#hello())
    ws.onmessage = mine(event => this.#hear(event.data))
    ws.onclose = mine(event => this.#closed(event.code))
    this.#heard = this.now()
    this.#expect(PATIENCE)
  }

  /** The page wakes up, the network is back, a window gets the focus: is the line still alive? */
  wake() {
    if (this.state === 'stopped') return
    if (!this.#ws) { // also when signed out: they may have signed in again in another tab
      this.#attempt = 0 // what somebody who waits tried in vain makes the next tries no rarer
      return this.start()
    }
    const silent = this.now() - this.#heard
    if (silent > (this.live ? SILENCE : PATIENCE / 2)) {
      this.drop()
      return this.start()
    }
    this.#probe()
  }

  #probe() { // a line that was not heard of for a while: is anybody there?
    if (!this.live || this.now() - this.#heard < PROBE || this.now() + PROBE >= this.#due) return
    this.tell({t: 'ping', n: ++this.#ref})
    this.#due = this.now() + PROBE
    this.#watch()
  }

  /** Let go of the line now, without waiting for it to be found dead; `code` as if it had closed so. */
  drop(code = 1006) {
    if (this.#ws || code !== 1006) this.#closed(code)
  }

  async #prepared() {
    this.#expect(PATIENCE)
    await Promise.race([this.ready, new Promise(resolve => setTimeout(resolve, HELLO_BY))])
    this.ready = null
  }

  #hello() {
    if (this.#ws.readyState !== 1) return // closing: what became of it is heard in a moment
    this.#expect(PATIENCE)
    this.#ws.send(JSON.stringify({t: 'hello', device: this.me(), epoch: this.#epoch, threads: this.following.positions()}))
  }

  #expect(ms) { // some frame within ms, or the line is dead
    this.#due = this.now() + ms
    this.#timers.watch ||= setTimeout(() => this.#watch(), Math.min(ms, LOOK))
  }

  #watch() {
    clearTimeout(this.#timers.watch)
    const left = this.#due - this.now()
    if (left <= 0) return this.drop()
    this.#timers.watch = setTimeout(() => this.#watch(), Math.min(left, LOOK))
  }

  #closed(code) {
    const ws = this.#ws
    this.#ws = null
    for (const name of ['watch', 'leave', 'retry', 'doubt']) {
      clearTimeout(this.#timers[name])
      this.#timers[name] = null
    }
    this.following.lost()
    if (ws && ws.readyState < 2) ws.close(1000)
    const next = afterClose(code, this.#attempt++, this.random)
    if (this.#leave !== null && next.wait !== null) next.wait = Math.max(0, this.#leave - this.now())
    this.#leave = null
    this.#set(next.state, code)
    for (const ref of [...this.#asks.keys()]) this.#answer({ref, t: 'error', code: 'offline', retry: true})
    if (next.wait !== null) this.#timers.retry = setTimeout(() => this.start(), next.wait)
  }

  #set(state, code) {
    if (this.live && state !== 'live') this.downSince = this.now()
    if (state === this.state) return
    Object.assign(this, {state, code})
    this.emit('state', {state, code})
  }

  // -- what the server says

  #hear(text) {
    this.#heard = this.now()
    this.#expect(SILENCE)
    let frames
    try {
      frames = JSON.parse(text)
    } catch {
      return
    }
    for (const frame of Array.isArray(frames) ? frames : [frames]) if (frame?.t && this.#ws) this.#frame(frame)
  }

  #frame(frame) {
    if (ANSWERS.has(frame.t) && this.#answer(frame)) return
    if (frame.t === 'welcome') this.#welcome(frame)
    else if (frame.t === 'event') this.following.event(frame)
    else if (frame.t === 'synced') this.#synced(frame)
    else if (frame.t === 'reset') this.#reset(frame)
    else if (frame.t === 'bye') this.#goodbye(frame)
    else if (SIGNALS.has(frame.t)) this.emit(frame.t, frame)
    if (frame.t === 'head') this.following.head(frame.thread, frame.head)
  }

  #welcome({person, epoch, threads = []}) {
    if (person && this.who() && person !== this.who()) { // somebody else has signed in on this device: this page is not theirs
      this.drop(4003)
      return this.emit('stranger', {person})
    }
    if (this.#epoch && epoch !== this.#epoch) this.following.reset()
    this.#epoch = epoch
    this.#set('live')
    if (this.#focus) this.tell({t: 'focus', thread: this.#focus})
    this.following.welcome()
    for (const thread of threads) this.emit('head', thread)
  }

  #synced(frame) {
    this.#attempt = 0
    for (const [thread, head] of Object.entries(frame.threads || {})) this.following.head(thread, head)
    this.emit('synced', frame)
  }

  #reset({thread, why}) {
    this.following.reset(thread)
    this.emit('reset', {thread, why})
  }

  #goodbye({min_ms = 0, max_ms = 1000}) {
    const wait = min_ms + this.random() * Math.max(0, max_ms - min_ms)
    this.#leave = this.now() + wait
    clearTimeout(this.#timers.leave)
    this.#timers.leave = setTimeout(() => this.drop(4200), wait)
  }

  #answer(frame) {
    const waiting = this.#asks.get(String(frame.ref))
    if (!waiting) return false
    this.#asks.delete(String(frame.ref))
    clearTimeout(waiting.timer)
    frame.t === 'error' ? waiting.reject(frame) : waiting.resolve(frame)
    return true
  }
}

export const socket = new Socket()
