import assert from 'node:assert/strict'
import {test} from 'node:test'
import {afterClose, backOff} from 'lib/reconnect'

test('back-off: full jitter between half a second and a ceiling that doubles to thirty', () => {
  for (let attempt = 0; attempt < 40; attempt++) {
    assert.equal(backOff(attempt, () => 0), 500)
    const most = backOff(attempt, () => 1)
    assert.equal(most, Math.min(30_000, 1000 * 2 ** attempt))
  }
  const spread = Array.from({length: 2_000}, () => backOff(9))
  for (let low = 500; low < 30_000; low += 2_950) {
    const share = spread.filter(wait => wait >= low && wait < low + 2_950).length / spread.length
    assert.ok(share > .05 && share < .15, 'no moment is preferred')
  }
})

test('a hub that sends us away again and again is not hammered', () => {
  for (const code of [4200, 4201]) {
    assert.ok(afterClose(code, 2, () => .999).wait < 1_000)
    assert.ok(afterClose(code, 9, () => .999).wait > 20_000)
  }
})
