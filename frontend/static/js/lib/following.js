// The threads of this tab: each one's numbers, the filling of its gaps, and how far this person got and read.
import {Timeline} from 'lib/timeline'

const MOST = 200 // threads that a hello may name
const PAGE = 200
const FILL_AFTER = 120 // a gap often closes by itself
const FILL_AGAIN = 2_000
const MARKS_EVERY = 300 // several in one breath become one frame

export class Following {
  #threads = new Map() // thread -> {line, followed: the server knows, on this line, filling, got, read, told, timer}

  /** `line`: the socket, as far as this needs it: ask, tell, emit, live. */
  constructor(line) { this.line = line }

  /** The events up to `last` stand on the page. */
  begin(thread, last) {
    const one = this.#threads.get(thread) || {line: new Timeline(), got: 0, read: 0, told: {}}
    this.#threads.set(thread, one)
    this.#apply(thread, one.line.begin(last))
    this.mark(thread, 'got', one.line.last)
    if (this.line.live && (!one.followed || one.line.gap)) this.#fill(thread, !one.followed) // a fetch makes the server tell of it, too
  }

  /** What a hello says. */
  positions() {
    const known = [...this.#threads].filter(([, one]) => one.line.last !== null).slice(-MOST)
    for (const [, one] of known) one.followed = true
    return Object.fromEntries(known.map(([thread, one]) => [thread, one.line.last]))
  }

  /** The line is gone. */
  lost() { for (const one of this.#threads.values()) one.followed = false }

  /** The line is there: marks may have been lost with the one before. */
  welcome() {
    for (const [thread, one] of this.#threads) {
      one.told = {}
      this.mark(thread, 'got', one.line.last)
      if (!one.followed && one.line.last !== null) this.#fill(thread, true) // taken up after the hello
    }
  }

  event(frame) {
    const one = this.#threads.get(frame.thread)
    if (!one) return this.line.emit('event', frame)
    this.#apply(frame.thread, one.line.take(frame))
    if (one.line.gap) this.#fill(frame.thread)
  }

  /** The thread is said to go as far as `head`. */
  head(thread, head) {
    const one = this.#threads.get(thread)
    if (!one || one.line.last === null) return
    one.line.reach(head)
    if (one.line.gap) this.#fill(thread)
  }

  /** The local copy of this thread, or of all, was wrong; numbers and marks of before say nothing. */
  reset(thread) {
    for (const one of thread ? [this.#threads.get(thread)] : this.#threads.values()) {
      one?.line.forget()
      if (one) Object.assign(one, {got: 0, read: 0, told: {}})
    }
  }

  mark(thread, kind, seq) {
    const one = this.#threads.get(thread)
    if (!one) return
    one[kind] = Math.max(one[kind], seq || 0)
    one.timer ||= setTimeout(() => {
      one.timer = null
      for (const name of ['got', 'read']) {
        if (one[name] > (one.told[name] || 0) && this.line.tell({t: name, thread, seq: one[name]})) one.told[name] = one[name]
      }
    }, MARKS_EVERY)
  }

  #apply(thread, events) {
    for (const event of events) this.line.emit('event', event)
    if (events.length) this.mark(thread, 'got', events.at(-1).seq)
  }

  async #fill(thread, once) { // until there is no gap; `once`: one page in any case
    const one = this.#threads.get(thread)
    if (one.filling) return
    one.filling = true
    await new Promise(resolve => setTimeout(resolve, FILL_AFTER))
    try {
      while (once || one.line.gap) {
        const after = one.line.last
        if (after === null) break
        const page = await this.line.ask({t: 'fetch', thread, after, limit: PAGE})
        once = false
        one.followed = true
        for (const event of page.events) this.#apply(thread, one.line.take({thread, ...event}))
        if (page.head) one.line.reach(page.head)
        if (one.line.last === after) one.line.end()
      }
    } catch (error) {
      if (error.retry && this.line.live) setTimeout(() => this.#fill(thread, once), error.after_ms || FILL_AGAIN)
    } finally {
      one.filling = false
    }
  }
}
