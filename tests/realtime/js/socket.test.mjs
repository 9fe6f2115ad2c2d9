// The life of a connection: opening, silence, waking up, closing, coming back.
import assert from 'node:assert/strict'
import {test} from 'node:test'
import {T, event, rest, socket} from './fakes.mjs'

test('hello names each thread with the last event on the page, and the epoch once known', async t => {
  const it = socket(t)
  it.socket.follow(T, 12)
  it.socket.start()
  it.welcome()
  assert.deepEqual(it.said('hello'), [{t: 'hello', device: 'phone', threads: {[T]: 12}}])
  it.line().end(4200)
  await it.pass(1000)
  it.welcome()
  assert.equal(it.said('hello')[1].epoch, 'e1')
})

test('hello waits for the page, so that it names its threads; not so long that the hub loses patience', async t => {
  for (const late of [2_000, 60_000]) {
    const it = socket(t)
    it.socket.ready = new Promise(resolve => setTimeout(resolve, late)).then(() => it.socket.follow(T, 7))
    it.socket.start()
    it.line().open()
    await it.pass(1_900)
    assert.deepEqual(it.said('hello'), [])
    await it.pass(5_000)
    assert.deepEqual(it.said('hello')[0].threads, late > 10_000 ? {} : {[T]: 7})
    it.line().end(1006)
    await it.pass(1_000)
    it.line().open()
    await rest()
    assert.equal(it.said('hello').length, 2, 'the page is what it is now')
    t.mock.timers.reset()
  }
})

test('before the welcome nothing is said but hello', async t => {
  const it = socket(t)
  it.socket.start()
  assert.equal(it.socket.tell({t: 'typing', thread: T, on: true}), false)
  await assert.rejects(it.socket.ask({t: 'send'}), {code: 'offline', retry: true})
  it.line().open()
  it.socket.read(T, 3)
  it.socket.focus(T)
  assert.deepEqual(it.said().map(frame => frame.t), ['hello'])
  it.hear({t: 'welcome', epoch: 'e1'})
  assert.deepEqual(it.said('focus'), [{t: 'focus', thread: T}])
})

test('35 s without a frame: another line; any frame counts', async t => {
  const it = socket(t)
  it.socket.start()
  it.welcome()
  for (const frame of [{t: 'beat'}, {t: 'presence', thread: T}, event(1), {t: 'something new'}]) {
    await it.pass(34_000)
    it.hear(frame)
  }
  await it.pass(34_900)
  assert.equal(it.socket.state, 'live')
  await it.pass(200)
  assert.equal(it.socket.state, 'offline')
  await it.pass(1_000)
  assert.equal(it.lines.length, 2)
})

test('a handshake, or a welcome, that does not come within 20 s: another try', async t => {
  const it = socket(t)
  it.socket.start()
  await it.pass(19_000)
  assert.equal(it.lines.length, 1)
  await it.pass(2_000)
  assert.equal(it.lines.length, 2)
  await it.pass(15_000)
  it.line().open()
  await it.pass(19_000)
  assert.equal(it.lines.length, 2)
  await it.pass(3_000)
  assert.equal(it.lines.length, 3)
})

test('a lid that was closed: noticed by the clock, though no timer ran', async t => {
  const it = socket(t)
  it.socket.start()
  it.welcome()
  await it.pass(4_000)
  it.sleep(3_600_000)
  await it.pass(6_000)
  assert.equal(it.lines.length, 2)
})

test('waking up: a line that was heard just now is left alone', async t => {
  const it = socket(t)
  it.socket.start()
  it.welcome()
  await it.pass(4_000)
  it.socket.wake()
  assert.deepEqual(it.said('ping'), [])
})

test('waking up with a line that does not answer: five seconds, however often it wakes, not thirty-five', async t => {
  const it = socket(t)
  it.socket.start()
  it.welcome()
  await it.pass(20_000)
  for (let i = 0; i < 5; i++) {
    it.socket.wake()
    await it.pass(900)
  }
  assert.equal(it.said('ping').length, 1)
  assert.equal(it.socket.state, 'live')
  await it.pass(600)
  assert.equal(it.socket.state, 'offline')
})

test('waking up with a line that answers: it stays', async t => {
  const it = socket(t)
  it.socket.start()
  it.welcome()
  await it.pass(20_000)
  it.socket.wake()
  it.hear({t: 'pong', n: it.said('ping')[0].n})
  await it.pass(30_000)
  assert.equal(it.socket.state, 'live')
})

test('waking up after more than 35 s of silence, or without a line: another one at once', async t => {
  const it = socket(t)
  it.socket.start()
  it.welcome()
  it.sleep(36_000)
  it.socket.wake()
  assert.equal(it.lines.length, 2)
  it.welcome()
  it.line().end(1006)
  it.socket.wake()
  assert.equal(it.lines.length, 3)
  await it.pass(5_000)
  assert.equal(it.lines.length, 3, 'the next try of its own was not needed any more')
})

test('waking up in the middle of a handshake: patience at first, then anew', async t => {
  const it = socket(t)
  it.socket.start()
  await it.pass(4_000)
  it.socket.wake()
  assert.equal(it.lines.length, 1)
  await it.pass(7_000)
  it.socket.wake()
  assert.equal(it.lines.length, 2)
})

for (const [codes, state, least, most] of [
  [[1001, 1006, 1007, 1009, 1011, 1012, 1013, 4100, 4108, 4113], 'offline', 500, 1_000],
  [[4200, 4201], 'offline', 0, 1_000],
  [[4000, 4003, 4010], 'stopped', Infinity],
  [[4001], 'signed-out', Infinity],
]) for (const code of codes) {
  test(`closed with ${code}: ${state}, ${least === Infinity ? 'no further try by itself' : `another try after ${least} to ${most} ms`}`, async t => {
    for (const chance of [0, .999]) {
      const it = socket(t, {random: () => chance})
      it.socket.start()
      it.welcome()
      it.line().end(code)
      assert.deepEqual(it.told.find(([name, detail]) => name === 'state' && detail.state === state)[1], {state, code})
      const wait = least + chance * (most - least)
      await it.pass(Math.max(0, Math.min(wait - 2, 600_000)))
      if (wait > 2) assert.equal(it.lines.length, 1)
      await it.pass(4)
      assert.equal(it.lines.length, least === Infinity ? 1 : 2)
      t.mock.timers.reset()
    }
  })
}

test('stopped is stopped: no waking up, no network that comes back changes it', async t => {
  const it = socket(t)
  it.socket.start()
  it.welcome()
  it.line().end(4010)
  for (let i = 0; i < 3; i++) it.socket.wake()
  it.socket.start()
  await it.pass(600_000)
  assert.equal(it.lines.length, 1)
  assert.ok(it.socket.downFor >= 600_000, 'the outbox may use HTTP')
  assert.deepEqual([it.socket.state, it.socket.code], ['stopped', 4010], 'what comes later on the page can say why')
})

test('signed out: whoever comes back to the page may have signed in elsewhere; if not, it is said once', async t => {
  const it = socket(t)
  it.socket.start()
  it.welcome()
  it.line().end(4001)
  it.socket.wake()
  it.line().open()
  it.line().end(4001)
  assert.equal(it.socket.state, 'signed-out')
  await it.pass(600_000)
  assert.equal(it.lines.length, 2)
  it.socket.wake()
  it.welcome()
  assert.equal(it.socket.state, 'live')
})

test('found signed out over HTTP: the line knows it, too', async t => {
  const it = socket(t)
  it.socket.start()
  it.line().end(1006)
  it.socket.drop(4001)
  assert.equal(it.socket.state, 'signed-out')
  await it.pass(600_000)
  assert.equal(it.lines.length, 1)
})

test('somebody else signed in on this device: this page is not theirs', async t => {
  const it = socket(t, {who: 'me'})
  it.socket.follow(T, 1)
  it.socket.start()
  it.line().open()
  it.hear([{t: 'welcome', epoch: 'e1', person: 'somebody else'}, event(2)])
  assert.ok(it.told.some(([name]) => name === 'stranger'))
  assert.equal(it.socket.live, false)
  assert.deepEqual(it.events(), [])
  await it.pass(600_000)
  assert.equal(it.lines.length, 1)
})

test('tries grow further apart up to 30 s, and begin anew only when all was synced', async t => {
  const it = socket(t, {random: () => .999})
  it.socket.start()
  const waits = []
  for (let i = 0; i < 8; i++) {
    const before = Date.now(), lines = it.lines.length
    it.line().end(1006)
    while (it.lines.length === lines) await it.pass(100)
    waits.push(Date.now() - before)
    it.line().open()
    it.hear({t: 'welcome', epoch: 'e1'}) // and gone again before synced
  }
  assert.deepEqual(waits, [1000, 2000, 4000, 8000, 16_000, 30_000, 30_000, 30_000])
  it.hear({t: 'synced', threads: {}})
  it.line().end(1006)
  await it.pass(1_000)
  assert.equal(it.lines.length, 10)
})

test('a browser that can not even try: the same', async t => {
  let dead = true
  const it = socket(t, {refuses: () => dead})
  it.socket.start()
  assert.equal(it.socket.state, 'offline')
  dead = false
  await it.pass(1_000)
  assert.equal(it.lines.length, 1)
})

test('bye: back within the range that was asked for, whenever the close comes', async t => {
  const it = socket(t)
  it.socket.start()
  it.welcome()
  it.hear({t: 'bye', code: 4200, min_ms: 1000, max_ms: 3000})
  await it.pass(500)
  it.line().end(4200)
  await it.pass(1_400)
  assert.equal(it.lines.length, 1)
  await it.pass(200)
  assert.equal(it.lines.length, 2)
  it.welcome()
  await it.pass(5_000)
  assert.equal(it.lines.length, 2, 'the new line does not know of that bye')
})

test('bye without a close: gone by itself, and back', async t => {
  const it = socket(t)
  it.socket.start()
  it.welcome()
  it.hear({t: 'bye', code: 4200, min_ms: 1000, max_ms: 3000})
  await it.pass(2_000)
  assert.equal(it.lines[0].readyState, 3)
  await it.pass(1)
  assert.equal(it.lines.length, 2)
})

test('an answer goes to whoever asked; an error says whether to ask again, and when', async t => {
  const it = socket(t)
  it.socket.start()
  it.welcome()
  const asked = [it.socket.ask({t: 'send', cid: 'a'}), it.socket.ask({t: 'send', cid: 'b'})]
  const [a, b] = it.said('send')
  it.hear([{t: 'error', ref: b.ref, code: 'rate', retry: true, after_ms: 500}, {t: 'ok', ref: a.ref, seq: 7}])
  assert.equal((await asked[0]).seq, 7)
  await assert.rejects(asked[1], {code: 'rate', after_ms: 500})
})

test('no answer for 20 s, though the line is alive: to be asked again', async t => {
  const it = socket(t)
  it.socket.start()
  it.welcome()
  const asked = assert.rejects(it.socket.ask({t: 'send'}), {code: 'timeout', retry: true})
  for (let i = 0; i < 3; i++) {
    await it.pass(7_000)
    it.hear({t: 'beat'})
  }
  await asked
  assert.equal(it.socket.live, true)
})

test('not a word after something was asked: a ping, and 10 s after the question another line', async t => {
  const it = socket(t)
  it.socket.start()
  it.welcome()
  const asked = [it.socket.ask({t: 'send', cid: 'a'})]
  await it.pass(4_000)
  asked.push(it.socket.ask({t: 'send', cid: 'b'})) // asking again buys no time
  await it.pass(5_900)
  assert.equal(it.said('ping').length, 1)
  assert.equal(it.socket.live, true)
  t.mock.timers.tick(200)
  for (const one of asked) await assert.rejects(one, {code: 'offline', retry: true})
})

test('a hub whose database does not answer: it is slow, not gone', async t => {
  const it = socket(t)
  it.socket.start()
  it.welcome()
  const asked = it.socket.ask({t: 'fetch', thread: T, after: 0})
  for (let i = 0; i < 3; i++) {
    await it.pass(6_000)
    if (it.said('ping').length > i) it.hear({t: 'pong', n: 1})
  }
  assert.equal(it.socket.live, true)
  it.hear({t: 'error', ref: it.said('fetch')[0].ref, code: 'unavailable', retry: true, after_ms: 2_000})
  await assert.rejects(asked, {code: 'unavailable'})
})

test('a line that closes fails what waited for an answer; what it says afterwards is not heard', async t => {
  const it = socket(t)
  it.socket.follow(T, 0)
  it.socket.start()
  it.welcome()
  const asked = it.socket.ask({t: 'send'})
  const old = it.line()
  it.socket.drop()
  await assert.rejects(asked, {code: 'offline', retry: true})
  assert.equal(old.readyState, 3)
  old.hear(event(1))
  old.onclose({code: 4001})
  await rest()
  assert.deepEqual(it.events(), [])
  assert.equal(it.socket.state, 'offline')
})

test('what is no frame is passed over', async t => {
  const it = socket(t)
  it.socket.start()
  it.welcome()
  it.line().onmessage({data: 'not JSON'})
  for (const frame of [null, 7, [], [null, {no: 't'}], {t: 'something new'}, {t: 'ok', ref: 'nobody'}]) it.hear(frame)
  assert.equal(it.socket.state, 'live')
})

test('somebody taps and taps while there is no line: their tries do not put off the next one', async t => {
  const it = socket(t, {random: () => .999})
  it.socket.start()
  it.welcome()
  it.line().end(1006)
  for (let i = 0; i < 8; i++) {
    it.socket.wake()
    it.line().end(1006)
    await it.pass(100)
  }
  const tries = it.lines.length
  await it.pass(1_000)
  assert.equal(it.lines.length, tries + 1)
})
