import assert from 'node:assert/strict'
import {test} from 'node:test'
import {Outbox} from 'lib/outbox'

/** An outbox with its store, its line and what it told the page in hand. `answers` are used up one by one. */
function box(answers = [], more = {}) {
  const rows = new Map(), sent = [], posted = [], told = []
  const store = {
    put: async (_, row) => { rows.set(row.cid, structuredClone(row)) }, get: async (_, cid) => structuredClone(rows.get(cid)),
    all: async () => [...rows.values()].map(row => structuredClone(row)), remove: async (_, cid) => { rows.delete(cid) },
  }
  let seq = 0
  const line = {live: true, downFor: 0, async ask(frame) {
    sent.push(frame)
    const answer = answers.shift()
    if (answer) throw answer
    return {seq: ++seq, at: 'now'}
  }, ...more.line}
  const http = {post: async (url, body) => { posted.push([url, body]); return {data: {seq: ++seq, at: 'now'}} }, upload: async () => ({id: 'm1'}), ...more.http}
  const outbox = new Outbox({store, line, http, emit: detail => told.push(detail), lock: (_, act) => act()})
  return {outbox, rows, sent, posted, told}
}
const quiet = async () => { for (let i = 0; i < 30; i++) await new Promise(setImmediate) }

globalThis.document ||= {body: {dataset: {person: 'me'}}}

test('sent in order, one after the other, and forgotten once stored', async () => {
  const {outbox, rows, sent, told} = box()
  for (const body of ['a', 'b', 'c']) await outbox.add({thread: 't', body})
  await quiet()
  assert.deepEqual(sent.map(frame => frame.body), ['a', 'b', 'c'])
  assert.equal(new Set(sent.map(frame => frame.cid)).size, 3)
  assert.equal(rows.size, 0)
  assert.deepEqual(told.filter(one => one.state === 'sent').map(one => one.seq), [1, 2, 3])
})

test('an answer that got lost: the same client id again, before anything newer', async () => {
  const {outbox, sent, rows} = box([{code: 'offline', retry: true, after_ms: 5}])
  await outbox.add({thread: 't', body: 'a'})
  await outbox.add({thread: 't', body: 'b'})
  await new Promise(resolve => setTimeout(resolve, 60))
  await quiet()
  assert.deepEqual(sent.map(frame => frame.body), ['a', 'a', 'b'])
  assert.equal(sent[0].cid, sent[1].cid)
  assert.equal(rows.size, 0)
})

test('a refusal stays with its words; the next one goes on; retry keeps the client id', async () => {
  const {outbox, sent, rows} = box([{code: 'too_long', message: 'Too long.', retry: false}])
  const refused = await outbox.add({thread: 't', body: 'a'})
  await outbox.add({thread: 't', body: 'b'})
  await quiet()
  assert.deepEqual(sent.map(frame => frame.body), ['a', 'b'])
  assert.equal(rows.get(refused.cid).state, 'refused')
  assert.equal(rows.get(refused.cid).words, 'Too long.')
  await outbox.retry(refused.cid)
  await quiet()
  assert.equal(sent.at(-1).cid, refused.cid)
  assert.equal(rows.size, 0)
})

test('no socket for eight seconds: over HTTP, with the same client id', async () => {
  const {outbox, posted, sent} = box([], {line: {live: false, downFor: 9_000}})
  const record = await outbox.add({thread: 't', body: 'a'})
  await quiet()
  assert.equal(sent.length, 0)
  assert.equal(posted[0][0], '/threads/t/messages')
  assert.equal(posted[0][1].cid, record.cid)
})

test('a photo is uploaded once, also when its message has to be sent twice', async () => {
  let uploads = 0
  const {outbox, sent} = box([{code: 'unavailable', retry: true, after_ms: 5}], {http: {upload: async () => ({id: `m${++uploads}`})}})
  await outbox.add({thread: 't', kind: 'photo', photos: [new Blob(['x'])]})
  await new Promise(resolve => setTimeout(resolve, 60))
  await quiet()
  assert.equal(uploads, 1)
  assert.deepEqual(sent.map(frame => frame.media), [['m1'], ['m1']])
})

test('seen in the log: gone from the outbox, whatever became of the answer', async () => {
  const {outbox, rows} = box([{code: 'offline', retry: true, after_ms: 30}])
  const {cid} = await outbox.add({thread: 't', body: 'a'})
  await quiet()
  await outbox.seen({cid, by: 'somebody else'})
  assert.equal(rows.size, 1)
  await outbox.seen({cid, by: 'me'})
  assert.equal(rows.size, 0)
})
