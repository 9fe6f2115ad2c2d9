import assert from 'node:assert/strict'
import {test} from 'node:test'
import {MOST, Timeline} from 'lib/timeline'

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

test('what is let go of leaves a gap behind; the newest of it is not forgotten', () => {
  const line = new Timeline(0)
  for (let seq = 2; seq < 5 * MOST; seq++) assert.deepEqual(line.take({seq}), [])
  const applied = []
  for (let seq = 1; line.gap; seq = line.last + 1) applied.push(...line.take({seq}))
  assert.deepEqual(seqs(applied), Array.from({length: 5 * MOST - 1}, (_, i) => i + 1))
})

test('a head that is heard of is a gap until it is there, or the log says that there is nothing', () => {
  const line = new Timeline(4)
  line.reach(6)
  assert.equal(line.gap, true)
  line.end()
  assert.equal(line.gap, false)
})
