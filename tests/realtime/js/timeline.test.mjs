import assert from 'node:assert/strict'
import {test} from 'node:test'
import {afterClose, backOff} from 'lib/reconnect'
import {Timeline} from 'lib/timeline'

const seqs = events => events.map(event => event.seq)

test('applies in order whatever the order of arrival, and each once', () => {
  for (let round = 0; round < 500; round++) {
    const sent = Array.from({length: 30}, (_, i) => ({seq: i + 4}))
    const arrived = [...sent, ...sent.filter(() => Math.random() < .3)].sort(() => Math.random() - .5)
    const line = new Timeline(3)
    const applied = arrived.flatMap(event => line.take(event))
    assert.deepEqual(seqs(applied), seqs(sent))
    assert.equal(line.gap, false)
  }
})

test('a gap is seen, and closes when the missing one comes', () => {
  const line = new Timeline(7)
  assert.deepEqual(line.take({seq: 9}), [])
  assert.equal(line.gap, true)
  assert.deepEqual(seqs(line.take({seq: 8})), [8, 9])
  assert.equal(line.gap, false)
})

test('a forgotten copy holds what comes until it is known again', () => {
  const line = new Timeline(7)
  line.forget()
  assert.deepEqual([...line.take({seq: 4}), ...line.take({seq: 6})], [])
  assert.deepEqual(seqs(line.begin(5)), [6])
  assert.equal(line.last, 6)
})

test('close codes: stop, sign in, at once, back off', () => {
  for (const code of [4000, 4003, 4010]) assert.deepEqual(afterClose(code, 0), {state: 'stopped', wait: null})
  assert.deepEqual(afterClose(4001, 0), {state: 'signed-out', wait: null})
  for (const code of [4200, 4201]) assert.ok(afterClose(code, 0).wait <= 1000)
  for (const code of [1006, 1009, 1011, 1012, 1013, 4100, 4108, 4113]) assert.ok(afterClose(code, 9).wait >= 500)
  assert.ok(afterClose(4201, 9, () => .999).wait > 20_000, 'a hub that throws us out for ever is not hammered')
})

test('back-off: full jitter between half a second and thirty', () => {
  for (let attempt = 0; attempt < 40; attempt++) {
    assert.equal(backOff(attempt, () => 0), 500)
    assert.ok(backOff(attempt, () => .9999) <= 30_000)
  }
})
