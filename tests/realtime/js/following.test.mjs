// What arrives becomes events, once and in order, whatever the line does; and the marks that go back.
import assert from 'node:assert/strict'
import {test} from 'node:test'
import {MOST} from 'lib/timeline'
import {T, event, seeded, socket} from './fakes.mjs'

const upTo = (last, first = 1) => Array.from({length: last - first + 1}, (_, i) => first + i)

/** A socket that follows T, whose page reaches `last`. */
function following(t, last = 1, more) {
  const it = socket(t, more)
  it.socket.follow(T, last)
  it.socket.start()
  it.welcome()
  /** Answer the newest fetch from a log that goes up to `head`. */
  it.log = async (head, limit = 200) => {
    const {ref, after} = it.said('fetch').at(-1)
    const seqs = upTo(Math.min(head, after + limit), after + 1)
    it.hear({t: 'events', ref, thread: T, events: seqs.map(seq => event(seq)), more: seqs.at(-1) < head, head})
    await it.pass(0)
  }
  return it
}

test('an array of frames, doubles and disorder: each event once, in order', async t => {
  const it = following(t)
  it.hear([event(3), event(2), event(2), event(5), event(4)])
  assert.deepEqual(it.events(), [2, 3, 4, 5])
})

test('a gap that closes by itself is not fetched', async t => {
  const it = following(t)
  it.hear(event(3))
  await it.pass(100)
  it.hear(event(2))
  await it.pass(5_000)
  assert.deepEqual(it.said('fetch'), [])
  assert.deepEqual(it.events(), [2, 3])
})

test('a gap is fetched once, and what had come early follows', async t => {
  const it = following(t)
  it.hear(event(4))
  it.hear(event(5))
  await it.pass(200)
  assert.deepEqual(it.said('fetch').map(({thread, after}) => [thread, after]), [[T, 1]])
  await it.log(5)
  assert.deepEqual(it.events(), [2, 3, 4, 5])
})

test('a long gap is fetched page by page, while the thread moves on', async t => {
  const it = following(t)
  it.hear(event(1_000))
  await it.pass(200)
  for (let page = 0; page < 5; page++) {
    it.hear(event(1_001 + page))
    await it.log(1_001 + page)
  }
  assert.deepEqual(it.events(), upTo(1_005, 2))
  assert.equal(it.said('fetch').length, 5)
})

test('what comes early is held up to a bound, and fetched beyond it', async t => {
  const it = following(t)
  for (const seq of upTo(3 * MOST + 10, 3)) it.hear(event(seq))
  await it.pass(200)
  assert.deepEqual(it.events(), [])
  while (it.events().length < 3 * MOST + 9) await it.log(3 * MOST + 10)
  assert.deepEqual(it.events(), upTo(3 * MOST + 10, 2))
  assert.ok(it.said('fetch').length >= 2 * MOST / 200, 'not everything was held')
})

test('a fetch that is refused for now is asked again when the hub said; one that is refused for good is not', async t => {
  const it = following(t)
  it.hear(event(3))
  await it.pass(200)
  it.hear({t: 'error', ref: it.said('fetch')[0].ref, code: 'overloaded', retry: true, after_ms: 1_500})
  await it.pass(1_400)
  assert.equal(it.said('fetch').length, 1)
  await it.pass(500)
  assert.equal(it.said('fetch').length, 2)
  it.hear({t: 'error', ref: it.said('fetch')[1].ref, code: 'unknown_thread', retry: false})
  await it.pass(60_000)
  assert.equal(it.said('fetch').length, 2)
})

test('a head, or a synced, that is further than the page: fetched', async t => {
  const it = following(t)
  it.hear({t: 'head', thread: T, head: 3, unread: 2})
  await it.pass(200)
  await it.log(3)
  it.hear({t: 'synced', threads: {[T]: 4}})
  await it.pass(200)
  await it.log(4)
  assert.deepEqual(it.events(), [2, 3, 4])
  assert.ok(it.told.some(([name]) => name === 'head'))
})

test('a head beyond what the log has is not asked for for ever', async t => {
  const it = following(t)
  it.hear({t: 'head', thread: T, head: 9, unread: 1})
  await it.pass(200)
  await it.log(1)
  await it.pass(60_000)
  assert.equal(it.said('fetch').length, 1)
})

test('a thread that is followed later than the hello is fetched from, so that the hub knows', async t => {
  const it = following(t)
  it.socket.follow('another', 5)
  await it.pass(200)
  assert.deepEqual(it.said('fetch').map(({thread, after}) => [thread, after]), [['another', 5]])
})

test('a thread that is followed between hello and welcome, too', async t => {
  const it = socket(t)
  it.socket.start()
  it.line().open()
  it.socket.follow(T, 5)
  it.hear({t: 'welcome', epoch: 'e1', person: 'me'})
  await it.pass(200)
  assert.deepEqual(it.said('fetch').map(({thread, after}) => [thread, after]), [[T, 5]])
})

test('a hello names the 200 threads that were taken up last', async t => {
  const it = socket(t)
  for (const n of upTo(250)) it.socket.follow(`t${n}`, n)
  it.socket.start()
  it.welcome()
  const {threads} = it.said('hello')[0]
  assert.deepEqual(Object.keys(threads), upTo(250, 51).map(n => `t${n}`))
})

test('another line resumes where this one was, not at what came early', async t => {
  const it = following(t)
  it.hear([event(2), event(4)])
  it.line().end(1006)
  await it.pass(1_000)
  it.welcome()
  assert.deepEqual(it.said('hello')[1].threads, {[T]: 2})
  it.hear([event(3), event(4), event(5)])
  assert.deepEqual(it.events(), [2, 3, 4, 5])
})

for (const frame of [{t: 'reset', why: 'epoch'}, {t: 'reset', why: 'ahead', thread: T}]) {
  test(`reset (${frame.why}): what comes waits until the page is known again`, async t => {
    const it = following(t, 9)
    it.hear([frame, event(1), event(2), event(3)])
    assert.ok(it.told.some(([name, detail]) => name === 'reset' && detail.why === frame.why && detail.thread === frame.thread))
    assert.deepEqual(it.events(), [])
    it.socket.follow(T, 2)
    assert.deepEqual(it.events(), [3])
  })
}

test('reset of a long thread: the replay is held up to a bound; the page and a fetch have the rest', async t => {
  const it = following(t, 9)
  it.hear({t: 'reset', why: 'epoch'})
  for (const seq of upTo(2 * MOST + 7)) it.hear(event(seq))
  it.socket.follow(T, 600)
  await it.pass(200)
  while (it.events().at(-1) !== 2 * MOST + 7) await it.log(2 * MOST + 7)
  assert.deepEqual(it.events(), upTo(2 * MOST + 7, 601))
})

test('another database: marks of the old one are not said to it', async t => {
  const it = following(t, 40)
  it.socket.read(T, 40)
  await it.pass(400)
  it.line().end(1006)
  await it.pass(1_000)
  it.line().open()
  it.hear([{t: 'welcome', epoch: 'e2', person: 'me'}, {t: 'reset', why: 'epoch'}, event(1), event(2), {t: 'synced', threads: {[T]: 2}}])
  it.socket.follow(T, 2)
  await it.pass(400)
  assert.deepEqual(it.line().said.filter(({t}) => t === 'got' || t === 'read'), [{t: 'got', thread: T, seq: 2}])
})

test('got and read go out for everything of one moment in one frame, and never back', async t => {
  const it = following(t)
  await it.pass(400)
  for (const seq of upTo(5, 2)) it.hear(event(seq))
  it.socket.read(T, 5)
  it.socket.read(T, 3)
  await it.pass(400)
  it.socket.read(T, 4)
  await it.pass(400)
  assert.deepEqual(it.said('got').map(({seq}) => seq), [1, 5])
  assert.deepEqual(it.said('read').map(({seq}) => seq), [5])
})

test('marks that may have been lost with a line are said again on the next', async t => {
  const it = following(t)
  it.hear(event(2))
  it.socket.read(T, 2)
  await it.pass(400)
  it.line().end(1006)
  it.socket.read(T, 2)
  await it.pass(1_000)
  it.welcome()
  await it.pass(400)
  assert.deepEqual(it.line().said.filter(({t}) => t !== 'hello'), [{t: 'got', thread: T, seq: 2}, {t: 'read', thread: T, seq: 2}])
})

for (const seed of [1, 2, 3, 4, 5]) {
  test(`a line that drops, doubles, reorders and breaks (seed ${seed}): the log, once and in order`, async t => {
    const chance = seeded(seed)
    const it = following(t, 0, {random: chance})
    let head = 0, answered = 0
    for (let turn = 0; turn < 400; turn++) {
      const fresh = upTo(head += Math.floor(chance() * 4), head + 1).map(seq => event(seq))
      const frames = [...fresh, ...fresh].filter(() => chance() < .6).sort(() => chance() - .5)
      if (it.socket.live && frames.length) it.hear(frames)
      if (it.socket.live && chance() < .03) it.line().end([1006, 1012, 4113, 4200][Math.floor(chance() * 4)])
      await it.pass(chance() * 400)
      if (!it.socket.live && it.line().readyState === 0) {
        it.line().open()
        const {threads} = it.said('hello').at(-1)
        it.hear([{t: 'welcome', epoch: 'e1'}, ...upTo(head, threads[T] + 1).filter(() => chance() < .9).map(seq => event(seq)), {t: 'synced', threads: {[T]: head}}])
      }
      const asked = it.line().said.filter(({t}) => t === 'fetch').length
      if (it.socket.live && asked && it.said('fetch').length > answered && chance() < .7) {
        answered = it.said('fetch').length
        await it.log(head, 20)
      }
    }
    for (let i = 0; i < 200 && it.events().at(-1) !== head; i++) {
      if (it.line().readyState === 0) it.welcome()
      if (it.socket.live) it.hear({t: 'synced', threads: {[T]: head}})
      await it.pass(500)
      if (it.said('fetch').length > answered) { answered = it.said('fetch').length; await it.log(head, 20) }
    }
    assert.ok(head > 300)
    assert.deepEqual(it.events(), upTo(head))
  })
}
