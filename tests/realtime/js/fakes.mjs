// The two things these tests don't have: a network and a clock. Everything between them is the real thing.
import {Socket} from 'lib/socket'

const STEP = 100 // ms

export const T = 'a thread'
export const event = (seq, thread = T) => ({t: 'event', thread, seq, kind: 'message', data: {}})

/** The hub's end of a WebSocket, and the browser's object for it. */
class Line {
  readyState = 0
  said = []
  send(text) {
    if (this.readyState !== 1) throw new Error('not open')
    this.said.push(JSON.parse(text))
  }
  close() { this.readyState = 3 }
  open() { this.readyState = 1; this.onopen() }
  hear(frame) { this.onmessage({data: JSON.stringify(frame)}) }
  end(code) { this.readyState = 3; this.onclose({code}) }
}

/** A socket with both ends in hand: its lines one after the other, what it told the page, and the clock. */
export function socket(t, {random = () => .5, who = 'me', lines = [], refuses = () => false} = {}) {
  t.mock.timers.enable({apis: ['setTimeout', 'Date']})
  const told = []
  const connect = () => {
    if (refuses()) throw new Error('no network')
    lines.push(new Line())
    return lines.at(-1)
  }
  const one = new Socket({connect, emit: (name, detail) => told.push([name, detail]), now: Date.now, random, me: () => 'phone', who: () => who})
  const line = () => lines.at(-1)
  return {
    socket: one, lines, told, line,
    hear: frame => line().hear(frame),
    said: name => lines.flatMap(each => each.said).filter(frame => !name || frame.t === name),
    events: () => told.filter(([name]) => name === 'event').map(([, detail]) => detail.seq),
    states: () => told.filter(([name]) => name === 'state').map(([, detail]) => detail.state),
    welcome(more = {}) {
      line().open()
      line().hear([{t: 'welcome', epoch: 'e1', person: 'me', ...more}, {t: 'synced', threads: {}}])
    },
    /** Time passes, step by step: a timer may set another; whatever was set in motion comes to rest. */
    async pass(ms) {
      for (let left = ms; left >= 0; left -= STEP) {
        t.mock.timers.tick(Math.min(left, STEP))
        await rest()
      }
    },
    /** Time passes, but no timer runs: the lid was closed. */
    sleep(ms) { t.mock.timers.setTime(Date.now() + ms) },
  }
}

/** Promises that wait for nothing but each other. */
export async function rest() { for (let i = 0; i < 40; i++) await null }

/** Numbers in [0, 1) that are the same for the same seed (mulberry32). */
export function seeded(seed) {
  return () => {
    seed = seed + 0x6d2b79f5 | 0
    let z = Math.imul(seed ^ seed >>> 15, 1 | seed)
    z = z + Math.imul(z ^ z >>> 7, 61 | z) ^ z
    return ((z ^ z >>> 14) >>> 0) / 2 ** 32
  }
}
