// Names that nobody else will choose, and that sort in the order in which they were chosen.
import assert from 'node:assert/strict'
import {test} from 'node:test'
import {uuid} from 'lib/identity'

const FORM = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/

test('a UUIDv7, with its time in front', () => {
  const moment = Date.UTC(2026, 2, 1, 9, 30, 0, 123)
  const made = uuid(moment)
  assert.match(made, FORM)
  assert.equal(parseInt(made.replaceAll('-', '').slice(0, 12), 16), moment)
  assert.match(uuid(), FORM)
})

test('later ones sort behind, those of the same moment differ', () => {
  const moments = [0, 1, 255, 256, 2 ** 32 - 1, 2 ** 32, 1772357400123]
  const made = moments.map(moment => uuid(moment))
  assert.deepEqual([...made].sort(), made)
  assert.equal(new Set(Array.from({length: 1000}, () => uuid(5))).size, 1000)
})
