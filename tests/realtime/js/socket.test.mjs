import assert from 'node:assert/strict'
import {test} from 'node:test'
import {Socket} from 'lib/socket'

const T = 'a thread'

/** A socket with both ends in hand: what it said, what it told the page, and a way to answer. */
function line(t) {
  t.mock.timers.enable({apis: ['setTimeout', 'Date']})
  const said = [], told = [], ends = []
  const connect = () => {
    const end = {readyState: 1, send: text => said.push(JSON.parse(text)), close() { this.readyState = 3 }}
    ends.push(end)
    return end
  }
  const socket = new Socket({connect, emit: (name, detail) => told.push([name, detail]), now: Date.now, random: () => .5, me: () => 'phone'})
  const hear = frame => ends.at(-1).onmessage({data: JSON.stringify(frame)})
  const welcome = (more = {}) => { ends.at(-1).onopen(); hear({t: 'welcome', epoch: 'e1', ...more}) }
  const event = seq => ({t: 'event', thread: T, seq, kind: 'message', data: {}})
  const seen = () => told.filter(([name]) => name === 'event').map(([, detail]) => detail.seq)
  const settle = async ms => { t.mock.timers.tick(ms); for (let i = 0; i < 20; i++) await null }
  return {socket, said, told, ends, hear, welcome, event, seen, settle}
}

test('hello names each thread with the last event on the page, and the epoch once known', t => {
  const {socket, said, ends, welcome} = line(t)
  socket.follow(T, 12)
  socket.start()
  welcome()
  assert.deepEqual(said[0], {t: 'hello', device: 'phone', threads: {[T]: 12}})
  ends.at(-1).onclose({code: 4200})
  t.mock.timers.tick(1000)
  welcome()
  assert.equal(said.filter(frame => frame.t === 'hello')[1].epoch, 'e1')
})

test('an array of frames, doubles and disorder: each event once, in order', async t => {
  const {socket, hear, welcome, event, seen} = line(t)
  socket.follow(T, 1)
  socket.start()
  welcome()
  hear([event(3), event(2), event(2), event(5), event(4), {t: 'something new'}])
  assert.deepEqual(seen(), [2, 3, 4, 5])
})

test('a gap is fetched once, and what had come early follows', async t => {
  const {socket, said, hear, welcome, event, seen, settle} = line(t)
  socket.follow(T, 1)
  socket.start()
  welcome()
  hear(event(4))
  hear(event(5))
  await settle(200)
  const asked = said.filter(frame => frame.t === 'fetch')
  assert.equal(asked.length, 1)
  assert.equal(asked[0].after, 1)
  hear({t: 'events', ref: asked[0].ref, thread: T, more: false, head: 5, events: [2, 3, 4, 5].map(event)})
  await settle(0)
  assert.deepEqual(seen(), [2, 3, 4, 5])
})

test('got goes out for everything received, in one frame', async t => {
  const {socket, said, hear, welcome, event, settle} = line(t)
  socket.follow(T, 1)
  socket.start()
  welcome()
  for (const seq of [2, 3, 4, 5]) hear(event(seq))
  await settle(400)
  assert.deepEqual(said.filter(frame => frame.t === 'got'), [{t: 'got', thread: T, seq: 5}])
})

test('35 s of silence: the line is dropped, and another one opened', t => {
  const {socket, ends, welcome, hear} = line(t)
  socket.start()
  welcome()
  t.mock.timers.tick(34_000)
  hear({t: 'beat'})
  t.mock.timers.tick(34_000)
  assert.equal(socket.state, 'live')
  t.mock.timers.tick(1_500)
  assert.equal(socket.state, 'offline')
  t.mock.timers.tick(30_000)
  assert.equal(ends.length, 2)
})

test('waking up with a line that does not answer: five seconds, not thirty-five', t => {
  const {socket, said, welcome} = line(t)
  socket.start()
  welcome()
  t.mock.timers.tick(20_000)
  socket.wake()
  assert.equal(said.at(-1).t, 'ping')
  t.mock.timers.tick(5_100)
  assert.equal(socket.state, 'offline')
})

test('a line that closes fails what waited for an answer, so that it may be sent again', async t => {
  const {socket, ends, welcome} = line(t)
  socket.start()
  welcome()
  const asked = socket.ask({t: 'send'})
  ends.at(-1).onclose({code: 1006})
  await assert.rejects(asked, {code: 'offline', retry: true})
})

test('bye: back within the range that was asked for', t => {
  const {socket, ends, welcome, hear} = line(t)
  socket.start()
  welcome()
  hear({t: 'bye', code: 4200, min_ms: 1000, max_ms: 3000})
  ends.at(-1).onclose({code: 4200})
  t.mock.timers.tick(1_900)
  assert.equal(ends.length, 1)
  t.mock.timers.tick(200)
  assert.equal(ends.length, 2)
})

test('reset: what comes waits until the page is known again', t => {
  const {socket, told, hear, welcome, event, seen} = line(t)
  socket.follow(T, 9)
  socket.start()
  welcome()
  hear([{t: 'reset', why: 'epoch'}, event(1), event(2), event(3)])
  assert.ok(told.some(([name, detail]) => name === 'reset' && detail.thread === T))
  assert.deepEqual(seen(), [])
  socket.follow(T, 2)
  assert.deepEqual(seen(), [3])
})

test('signed out, or told to stop: no further try', t => {
  for (const code of [4001, 4003]) {
    const {socket, ends, welcome} = line(t)
    socket.start()
    welcome()
    ends.at(-1).onclose({code})
    t.mock.timers.tick(120_000)
    assert.equal(ends.length, 1)
    t.mock.timers.reset()
  }
})
