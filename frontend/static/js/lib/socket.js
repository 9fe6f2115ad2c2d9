// The one socket of this tab: hub.v1 with everything a bad network needs. What arrives becomes `hub:*` events on document.
import {afterClose} from 'lib/reconnect'
import {Timeline} from 'lib/timeline'
import {device} from 'lib/identity'

const SILENCE = 35_000 // without a frame: the line is dead
const PATIENCE = 20_000 // for an answer, and for the handshake
const PROBE = 5_000 // for a pong after waking up
const FILL_AFTER = 120 // a gap often closes by itself
const ANSWERS = new Set(['ok', 'error', 'events', 'pong'])
const SIGNALS = new Set(['head', 'receipt', 'typing', 'presence', 'position', 'hint'])

export class Socket {
  state = 'offline' // connecting live offline stopped signed-out
  downSince = 0
  #ws = null
  #epoch
  #threads = new Map() // thread -> Timeline
  #marks = new Map() // thread -> {got, read}: the highest said or to be said
  #focus = null
  #asks = new Map()
  #ref = 0
  #attempt = 0
  #bye = null
  #heard = 0
  #timers = {}

  constructor({connect, emit, now = Date.now, random = Math.random, me = device} = {}) {
    this.connect = connect || (() => new WebSocket(location.origin.replace(/^http/, 'ws') + '/ws', 'hub.v1'))
    this.emit = emit || ((name, detail) => document.dispatchEvent(new CustomEvent('hub:' + name, {detail})))
    Object.assign(this, {now, random, me})
    this.downSince = now()
  }

  get live() { return this.state === 'live' }
  get downFor() { return this.live ? 0 : this.now() - this.downSince }

  // -- what elements say

  /** Follow a thread whose events up to `last` stand on the page. */
  follow(thread, last) {
    const line = this.#threads.get(thread) || new Timeline()
    this.#threads.set(thread, line)
    this.#apply(thread, line.begin(last))
    this.#mark(thread, 'got', line.last)
    if (this.live && !line.listed) this.#fill(thread, Infinity) // a fetch makes the server follow it too
  }

  /** Send and wait for the answer with the same `ref`; rejects with {code, retry, after_ms, message}. */
  ask(frame) {
    return new Promise((resolve, reject) => {
      const ref = String(++this.#ref)
      if (!this.tell({...frame, ref})) return reject({code: 'offline', retry: true})
      const timer = setTimeout(() => this.#answer({ref, t: 'error', code: 'timeout', retry: true}), PATIENCE)
      this.#asks.set(ref, {resolve, reject, timer})
    })
  }

  /** Send without waiting; false when there is no line (and nothing is kept for later). */
  tell(frame) {
    if (!this.live || this.#ws?.readyState !== 1) return false
    this.#ws.send(JSON.stringify(frame))
    return true
  }

  read(thread, seq) {
    this.#mark(thread, 'read', seq)
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
    ws.onopen = mine(() => this.#hello())
    ws.onmessage = mine(event => this.#hear(event.data))
    ws.onclose = mine(event => this.#closed(event.code))
    this.#expect(PATIENCE)
  }

  /** The page wakes up, the network is back, a window gets the focus: is the line still alive? */
  wake() {
    if (this.state === 'stopped' || this.state === 'signed-out') return
    if (!this.#ws) return this.start()
    if (this.live && this.now() - this.#heard > PROBE) {
      this.tell({t: 'ping', n: ++this.#ref})
      this.#expect(PROBE)
    }
  }

  /** Let go of the line now, without waiting for it to be found dead; `code` as if it had closed so. */
  drop(code = 1006) {
    if (this.#ws) this.#closed(code)
  }

  #hello() {
    const threads = {}
    for (const [thread, line] of [...this.#threads].slice(-200)) {
      line.listed = line.last !== null
      if (line.listed) threads[thread] = line.last
    }
    this.#ws.send(JSON.stringify({t: 'hello', device: this.me(), epoch: this.#epoch, threads}))
  }

  #expect(ms) { // some frame within ms, or the line is dead
    clearTimeout(this.#timers.watch)
    this.#timers.watch = setTimeout(() => this.drop(), ms)
  }

  #closed(code) {
    const ws = this.#ws
    this.#ws = null
    for (const line of this.#threads.values()) line.listed = false
    clearTimeout(this.#timers.watch)
    if (ws && ws.readyState < 2) ws.close(1000)
    const next = afterClose(code, this.#attempt++, this.random)
    if (this.#bye !== null && next.wait !== null) next.wait = Math.max(0, this.#bye - this.now())
    this.#bye = null
    this.#set(next.state, code)
    for (const ref of [...this.#asks.keys()]) this.#answer({ref, t: 'error', code: 'offline', retry: true})
    if (next.wait !== null) this.#timers.retry = setTimeout(() => this.start(), next.wait)
  }

  #set(state, code) {
    if (this.live && state !== 'live') this.downSince = this.now()
    if (state === this.state) return
    this.state = state
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
    for (const frame of Array.isArray(frames) ? frames : [frames]) if (frame?.t) this.#frame(frame)
  }

  #frame(frame) {
    if (ANSWERS.has(frame.t) && this.#answer(frame)) return
    if (frame.t === 'welcome') this.#welcome(frame)
    else if (frame.t === 'event') this.#event(frame)
    else if (frame.t === 'synced') this.#synced(frame)
    else if (frame.t === 'reset') this.#reset(frame.thread)
    else if (frame.t === 'bye') this.#goodbye(frame)
    else if (SIGNALS.has(frame.t)) this.emit(frame.t, frame)
    if (frame.t === 'head') this.#behind(frame.thread, frame.head)
  }

  #welcome(frame) {
    this.#epoch = frame.epoch
    this.#set('live')
    if (this.#focus) this.tell({t: 'focus', thread: this.#focus})
    for (const [thread, marks] of this.#marks) { marks.said = {}; this.#mark(thread, 'read', marks.read) }
    for (const [thread, line] of this.#threads) if (line.last) this.#mark(thread, 'got', line.last)
    for (const thread of frame.threads || []) this.emit('head', thread)
  }

  #synced(frame) {
    this.#attempt = 0
    for (const [thread, head] of Object.entries(frame.threads || {})) this.#behind(thread, head)
    this.emit('synced', frame)
  }

  #event(frame) {
    const line = this.#threads.get(frame.thread)
    if (!line) return this.emit('event', frame)
    this.#apply(frame.thread, line.take(frame))
    if (line.gap) this.#fill(frame.thread)
  }

  #apply(thread, events) {
    for (const event of events) this.emit('event', event)
    if (events.length) this.#mark(thread, 'got', this.#threads.get(thread).last)
  }

  #behind(thread, head) {
    const line = this.#threads.get(thread)
    if (line && line.last !== null && head > line.last) this.#fill(thread, head)
  }

  async #fill(thread, head = 0) { // until there is no gap and `head` is reached
    const line = this.#threads.get(thread)
    line.wanted = Math.max(line.wanted || 0, head)
    if (line.filling) return
    line.filling = true
    await new Promise(resolve => setTimeout(resolve, FILL_AFTER))
    try {
      while (line.last !== null && (line.gap || line.last < line.wanted)) {
        const from = line.last
        const page = await this.ask({t: 'fetch', thread, after: from, limit: 200})
        for (const event of page.events) this.#apply(thread, line.take({thread, ...event}))
        line.listed = true
        if (line.last === from || !page.more && !line.gap) break
      }
      line.wanted = 0
    } catch (error) {
      if (error.after_ms) setTimeout(() => this.#fill(thread, line.wanted), error.after_ms)
    } finally {
      line.filling = false
    }
  }

  #reset(thread) {
    for (const name of thread ? [thread] : [...this.#threads.keys()]) {
      this.#threads.get(name)?.forget()
      this.emit('reset', {thread: name})
    }
  }

  #goodbye({min_ms = 0, max_ms = 1000}) {
    const wait = min_ms + this.random() * Math.max(0, max_ms - min_ms)
    this.#bye = this.now() + wait
    this.#timers.bye = setTimeout(() => this.#bye !== null && this.drop(4200), wait)
  }

  #answer(frame) {
    const waiting = this.#asks.get(String(frame.ref))
    if (!waiting) return false
    this.#asks.delete(String(frame.ref))
    clearTimeout(waiting.timer)
    frame.t === 'error' ? waiting.reject(frame) : waiting.resolve(frame)
    return true
  }

  #mark(thread, kind, seq) { // several in one breath become one frame
    const marks = this.#marks.get(thread) || {got: 0, read: 0, said: {}}
    this.#marks.set(thread, marks)
    marks[kind] = Math.max(marks[kind], seq || 0)
    marks.timer ||= setTimeout(() => {
      marks.timer = null
      for (const name of ['got', 'read']) {
        if (marks[name] > (marks.said[name] || 0) && this.tell({t: name, thread, seq: marks[name]})) marks.said[name] = marks[name]
      }
    }, 300)
  }
}

export const socket = new Socket()
