// What was typed leaves, in order, once, whatever happens on the way.
import assert from 'node:assert/strict'
import {test} from 'node:test'
import {Outbox} from 'lib/outbox'

globalThis.document ||= {body: {dataset: {person: 'me'}}}

/** A phone's disk, which may be full. */
function disk() {
  const stores = {outbox: new Map(), drafts: new Map()}, key = {outbox: 'cid', drafts: 'thread'}
  return {
    stores, full: false, writes: [],
    async put(store, row, also) {
      this.writes.push([store, row, also])
      stores[store].set(row[key[store]], structuredClone(row))
      if (also) stores[also[0]].delete(also[1])
      return !this.full
    },
    get: async (store, id) => structuredClone(stores[store].get(id)),
    all: async store => structuredClone([...stores[store].values()]),
    remove: async (store, id) => { stores[store].delete(id) },
  }
}

/** Who holds a lock of this name does so alone, as in all tabs of a browser. */
function locks() {
  const held = new Map()
  return (name, act) => {
    const turn = (held.get(name) || Promise.resolve()).then(act)
    held.set(name, turn.catch(() => {}))
    return turn
  }
}

/** A hub that stores each client id once per thread; `answers` are used up one by one instead. */
function hub(answers = []) {
  const log = []
  const store = ({thread, cid, body}) => {
    const before = log.find(one => one.cid === cid && one.thread === thread)
    const one = before || {thread, cid, body, seq: log.length + 1, at: 'now'}
    if (!before) log.push(one)
    return {...one, dup: !!before}
  }
  return {log, store, answers}
}

const clocks = new WeakSet()

/** One tab: its outbox, what left it and how, and what it told the page. */
function tab(t, {rows = disk(), at = hub(), lock = locks(), line = {}, http = {}, now} = {}) {
  if (!clocks.has(t)) t.mock.timers.enable({apis: ['setTimeout', 'Date'], now: 1_700_000_000_000})
  clocks.add(t)
  const sent = [], posted = [], told = [], dropped = []
  const answered = async (frame, keep) => {
    const answer = at.answers.shift()
    if (answer?.stored) at.store(frame)
    if (answer) throw answer
    return keep()
  }
  const socket = {
    live: true, state: 'live', downFor: 0, drop: code => dropped.push(code),
    async ask(frame) { sent.push(frame); return answered(frame, () => at.store(frame)) }, ...line,
  }
  const post = async (url, body) => {
    const frame = {...body, thread: url.split('/')[2]}
    posted.push(frame)
    return answered(frame, () => ({data: at.store(frame)}))
  }
  const outbox = new Outbox({store: rows, line: socket, http: {post, upload: async () => ({id: 'm1'}), ...http}, emit: one => told.push(structuredClone(one)), lock, now})
  return {outbox, rows, at, sent, posted, told, dropped, socket, states: () => told.map(({state, body}) => `${body} ${state}`)}
}

const bodies = frames => frames.map(frame => frame.body)
const quiet = async () => { for (let i = 0; i < 30; i++) await new Promise(setImmediate) }
/** Time passes, step by step. */
const after = async (t, ms) => {
  await quiet()
  for (; ms > 0; ms -= 100) { t.mock.timers.tick(Math.min(ms, 100)); await quiet() }
}
const passing = (after_ms = 5) => ({code: 'unavailable', retry: true, after_ms})

test('sent in order, one after the other, and forgotten once stored', async t => {
  const it = tab(t)
  for (const body of ['a', 'b', 'c']) await it.outbox.add({thread: 't', body})
  await quiet()
  assert.deepEqual(bodies(it.at.log), ['a', 'b', 'c'])
  assert.equal(it.rows.stores.outbox.size, 0)
  assert.deepEqual(it.told.filter(one => one.state === 'sent').map(one => one.seq), [1, 2, 3])
})

test('what an earlier page could only note is sent once it is adopted, also when the line was there before', async t => {
  const notes = {'anou-me-sending-c1': JSON.stringify({cid: 'c1', n: 1, thread: 't', kind: 'text', body: 'a', photos: [], state: 'waiting'})}
  const before = Object.getOwnPropertyDescriptor(globalThis, 'localStorage')
  const store = Object.defineProperties({...notes}, {
    getItem: {value: key => store[key]}, removeItem: {value: key => { delete store[key] }},
  })
  Object.defineProperty(globalThis, 'localStorage', {value: store, configurable: true})
  t.after(() => before ? Object.defineProperty(globalThis, 'localStorage', before) : delete globalThis.localStorage)
  const it = tab(t)
  await it.outbox.adopt()
  await quiet()
  assert.deepEqual(bodies(it.at.log), ['a'])
  assert.deepEqual([it.rows.stores.outbox.size, Object.keys(store)], [0, []])
})

test('written down, and its draft gone, before it is shown or sent', async t => {
  const it = tab(t)
  it.rows.stores.drafts.set('t', {thread: 't', words: 'a'})
  const put = it.rows.put
  it.rows.put = function (...what) {
    assert.deepEqual([it.told.length, it.sent.length], [0, 0])
    this.put = put
    return put.apply(this, what)
  }
  const {cid} = await it.outbox.add({thread: 't', body: 'a'})
  assert.deepEqual(it.rows.writes[0][2], ['drafts', 't'])
  assert.equal(it.rows.stores.drafts.size, 0)
  assert.equal(it.told[0].cid, cid)
})

test('added in one breath: in the order of adding, in whatever order the phone answers', async t => {
  const it = tab(t, {now: () => 1_000})
  await Promise.all(['a', 'b', 'c', 'd'].map(body => it.outbox.add({thread: 't', body})))
  await quiet()
  assert.deepEqual(bodies(it.at.log), ['a', 'b', 'c', 'd'])
})

test('a clock that went back does not put the new before the old', async t => {
  const rows = disk()
  await tab(t, {rows, line: {live: false, state: 'offline', downFor: 0}, now: () => 5_000_000}).outbox.add({thread: 't', body: 'old'})
  const it = tab(t, {rows, now: () => 1_000}) // the battery was empty
  await it.outbox.add({thread: 't', body: 'new'})
  await quiet()
  assert.deepEqual(bodies(it.at.log), ['old', 'new'])
})

test('an answer that got lost: the same client id again, before anything newer; stored once', async t => {
  const it = tab(t, {at: hub([{...passing(), code: 'offline', stored: true}])})
  await it.outbox.add({thread: 't', body: 'a'})
  await it.outbox.add({thread: 't', body: 'b'})
  await after(t, 300)
  assert.deepEqual(bodies(it.sent), ['a', 'a', 'b'])
  assert.equal(it.sent[0].cid, it.sent[1].cid)
  assert.deepEqual(bodies(it.at.log), ['a', 'b'])
  assert.equal(it.rows.stores.outbox.size, 0)
})

test('a phone that dies between send and ok: what was written down goes again with the same client id, and is stored once', async t => {
  const rows = disk(), at = hub()
  const dead = tab(t, {rows, at, line: {ask: frame => { at.store(frame); return new Promise(() => {}) }}})
  const {cid} = await dead.outbox.add({thread: 't', body: 'a'})
  await quiet()
  const it = tab(t, {rows, at})
  await it.outbox.flush()
  await quiet()
  assert.deepEqual(it.sent.map(frame => frame.cid), [cid])
  assert.deepEqual(bodies(at.log), ['a'])
  assert.equal(rows.stores.outbox.size, 0)
})

test('a refusal stays with its words, also for the next page; the next message goes on; retry keeps the client id', async t => {
  const rows = disk()
  const it = tab(t, {rows, at: hub([{code: 'not_allowed', message: 'Not yours.', retry: false}])})
  const {cid} = await it.outbox.add({thread: 't', body: 'a'})
  await it.outbox.add({thread: 't', body: 'b'})
  await quiet()
  assert.deepEqual(bodies(it.sent), ['a', 'b'])
  const [kept] = await tab(t, {rows}).outbox.list('t')
  assert.deepEqual([kept.state, kept.words, kept.body], ['refused', 'Not yours.', 'a'])
  await it.outbox.retry(cid)
  await quiet()
  assert.equal(it.sent.at(-1).cid, cid)
  assert.equal(rows.stores.outbox.size, 0)
})

test('a refused one becomes a draft in one write; a second tap finds nothing; one that still waits is not given back', async t => {
  const it = tab(t, {at: hub([{code: 'too_long', message: 'Too long.', retry: false}])})
  const {cid} = await it.outbox.add({thread: 't', body: 'a'})
  await quiet()
  const drafted = record => ({thread: 't', words: record.body})
  await it.outbox.take(cid, drafted)
  assert.deepEqual(it.rows.writes.at(-1), ['drafts', {thread: 't', words: 'a'}, ['outbox', cid]])
  assert.equal(it.told.at(-1).state, 'taken')
  await it.outbox.take(cid, () => assert.fail('there is nothing to take'))

  it.socket.live = false
  const waiting = await it.outbox.add({thread: 't', body: 'b'})
  await it.outbox.take(waiting.cid, () => assert.fail('it may have been stored already'))
})

test('no socket for eight seconds: over HTTP, with the same client id; before that, it waits', async t => {
  const it = tab(t, {line: {live: false, state: 'offline', downFor: 7_950}})
  const {cid} = await it.outbox.add({thread: 't', body: 'a'})
  await quiet()
  assert.deepEqual([it.sent, it.posted], [[], []])
  it.socket.downFor = 8_000
  await it.outbox.flush()
  await quiet()
  assert.deepEqual(it.posted.map(frame => [frame.thread, frame.cid]), [['t', cid]])
})

test('no socket, and many messages meanwhile: HTTP is tried after eight seconds all the same', async t => {
  t.mock.method(Math, 'random', () => .999)
  const it = tab(t, {line: {live: false, state: 'offline', downFor: 0}})
  for (let i = 0; i < 8; i++) {
    await it.outbox.add({thread: 't', body: `${i}`})
    await after(t, 500)
    it.socket.downFor += 500
  }
  for (let i = 0; i < 45; i++) {
    it.socket.downFor += 100
    await after(t, 100)
  }
  assert.equal(it.at.log.length, 8)
})

test('sent over HTTP: the hub is there, and the line need not wait for its next try', async t => {
  let woken = 0
  const it = tab(t, {line: {live: false, state: 'offline', downFor: 9_000, wake: () => { woken++ }}, at: hub([{status: 0, passing: true}])})
  await it.outbox.add({thread: 't', body: 'a'})
  await quiet()
  assert.deepEqual([it.at.log.length, woken], [0, 1])
  await after(t, 1_000)
  assert.deepEqual([it.at.log.length, woken], [1, 2])
})

test('a line that was told to stop: over HTTP', async t => {
  const it = tab(t, {line: {live: false, state: 'stopped', downFor: 9_000}})
  await it.outbox.add({thread: 't', body: 'a'})
  await quiet()
  assert.deepEqual(bodies(it.posted), ['a'])
})

test('signed out: it waits, and is sent as nobody else; found so over HTTP, the line is told', async t => {
  const it = tab(t, {line: {live: false, state: 'offline', downFor: 9_000}, at: hub([{status: 401, passing: false}])})
  await it.outbox.add({thread: 't', body: 'a'})
  await quiet()
  assert.deepEqual(it.dropped, [4001])
  it.socket.state = 'signed-out'
  await it.outbox.flush()
  await quiet()
  assert.equal(it.posted.length, 1)
  Object.assign(it.socket, {live: true, state: 'live'})
  await it.outbox.flush()
  await quiet()
  assert.deepEqual(bodies(it.at.log), ['a'])
})

test('longer than a frame may be: over HTTP, which says so in words, instead of a line that breaks again and again', async t => {
  const it = tab(t, {at: hub([{status: 400, passing: false, code: 'too_long', message: 'Too long.'}])})
  await it.outbox.add({thread: 't', body: 'x'.repeat(70_000)})
  await it.outbox.add({thread: 't', body: 'é'.repeat(4_000)})
  await quiet()
  assert.deepEqual(it.posted.map(frame => frame.body.length), [70_000])
  assert.deepEqual(it.sent.map(frame => frame.body.length), [4_000])
  assert.equal((await it.outbox.list('t'))[0].words, 'Too long.')
})

test('what no database holds (half a sign, NUL) is left out, not refused', async t => {
  const it = tab(t)
  await it.outbox.add({thread: 't', body: 'a\0b\ud83dc' })
  await quiet()
  assert.equal(it.sent[0].body, 'ab\ufffdc')
})

test('too fast: slower from then on, not one refusal for each message', async t => {
  const it = tab(t, {at: hub([{code: 'rate', retry: true, after_ms: 20}])})
  const begun = Date.now()
  for (const body of ['a', 'b']) await it.outbox.add({thread: 't', body})
  await after(t, 1_700)
  assert.deepEqual(bodies(it.sent), ['a', 'a', 'b'])
  assert.ok(Date.now() - begun >= 1_200)
  assert.deepEqual(bodies(it.at.log), ['a', 'b'])
})

test('a thread that can not go on keeps no other back, and is tried again though others are written in', async t => {
  const it = tab(t)
  it.socket.ask = async frame => {
    it.sent.push(frame)
    if (frame.thread === 'stuck' && it.sent.filter(one => one.thread === 'stuck').length < 3) throw passing(30)
    return it.at.store(frame)
  }
  await it.outbox.add({thread: 'stuck', body: 'a'})
  for (const body of ['b', 'c']) await it.outbox.add({thread: 't', body})
  await after(t, 500)
  assert.deepEqual(bodies(it.at.log), ['b', 'c', 'a'])
})

test('two tabs: each message leaves one of them', async t => {
  const rows = disk(), at = hub(), lock = locks()
  const [one, two] = [tab(t, {rows, at, lock}), tab(t, {rows, at, lock})]
  for (let i = 0; i < 10; i++) await (i % 2 ? one : two).outbox.add({thread: 't', body: `${i}`})
  await Promise.all([one.outbox.flush(), two.outbox.flush()])
  await quiet()
  assert.deepEqual(bodies(at.log), [...'0123456789'])
  assert.equal(one.sent.length + two.sent.length, 10)
})

test('two tabs without locks (plain http): perhaps sent twice, stored once', async t => {
  const rows = disk(), at = hub(), lock = (_, act) => act()
  const [one, two] = [tab(t, {rows, at, lock}), tab(t, {rows, at, lock})]
  one.socket.live = two.socket.live = false
  for (let i = 0; i < 5; i++) await one.outbox.add({thread: 't', body: `${i}`})
  one.socket.live = two.socket.live = true
  await Promise.all([one.outbox.flush(), two.outbox.flush()])
  await quiet()
  assert.deepEqual(bodies(at.log), [...'01234'])
  assert.equal(rows.stores.outbox.size, 0)
})

test('a full phone: sent all the same, and shown as known to this page only', async t => {
  const it = tab(t, {line: {live: false, state: 'offline', downFor: 0}})
  it.rows.full = true
  await it.outbox.add({thread: 't', body: 'a'})
  assert.equal(it.told[0].fleeting, true)
  it.socket.live = true
  await it.outbox.flush()
  await quiet()
  assert.deepEqual(bodies(it.at.log), ['a'])
})

test('a photo is uploaded once, also when its message has to be sent twice; a lost upload is tried again with its key', async t => {
  const uploads = []
  const upload = async (blob, purpose, key) => {
    uploads.push(key)
    if (uploads.length < 3) throw {status: 0, passing: true, after_ms: 5}
    return {id: `m${uploads.length}`}
  }
  const it = tab(t, {at: hub([passing()]), http: {upload}})
  await it.outbox.add({thread: 't', kind: 'photo', photos: [new Blob(['x'])]})
  await after(t, 500)
  assert.equal(uploads.length, 3)
  assert.equal(new Set(uploads).size, 1)
  assert.deepEqual(it.sent.map(frame => frame.media), [['m3'], ['m3']])
})

test('a photo that is none: refused with its words, and what stands behind it goes', async t => {
  const upload = async () => { throw {status: 400, passing: false, code: 'not_a_picture', message: 'Choose another.'} }
  const it = tab(t, {http: {upload}})
  await it.outbox.add({thread: 't', kind: 'photo', photos: [new Blob(['x'])]})
  await it.outbox.add({thread: 't', body: 'b'})
  await quiet()
  assert.equal((await it.outbox.list('t'))[0].words, 'Choose another.')
  assert.deepEqual(bodies(it.at.log), ['b'])
})

test('seen in the log: gone from the outbox, whatever became of the answer', async t => {
  const it = tab(t, {at: hub([passing(10_000)])})
  const {cid} = await it.outbox.add({thread: 't', body: 'a'})
  await quiet()
  await it.outbox.seen({cid, by: 'somebody else'})
  assert.equal(it.rows.stores.outbox.size, 1)
  await it.outbox.seen({cid, by: 'me'})
  assert.equal(it.rows.stores.outbox.size, 0)
})

test('seen in the log while a late no is on its way: the no does not bring it back', async t => {
  let no
  const it = tab(t, {line: {ask: () => new Promise((_, reject) => { no = reject })}})
  const {cid} = await it.outbox.add({thread: 't', body: 'a'})
  await quiet()
  await it.outbox.seen({cid, by: 'me'})
  no({code: 'not_allowed', retry: false})
  await quiet()
  assert.equal(it.rows.stores.outbox.size, 0)
  assert.deepEqual(it.states(), ['a waiting'])
})
