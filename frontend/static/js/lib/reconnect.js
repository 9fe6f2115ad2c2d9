// What to do after a socket closed: the table of close codes, and full jitter. Pure.

const STOP = new Set([4000, 4003, 4010])
const AT_ONCE = new Set([4200, 4201])

/** {state, wait}: state `stopped`, `signed-out` or `offline`; wait in ms before the next try, or null for never. */
export function afterClose(code, attempt, random = Math.random) {
  if (STOP.has(code)) return {state: 'stopped', wait: null}
  if (code === 4001) return {state: 'signed-out', wait: null}
  if (AT_ONCE.has(code) && attempt < 3) return {state: 'offline', wait: random() * 1000}
  return {state: 'offline', wait: backOff(attempt, random)}
}

/** Full jitter between 0.5 s and a ceiling that doubles from 1 s to 30 s. */
export function backOff(attempt, random = Math.random) {
  const ceiling = Math.min(30_000, 1000 * 2 ** Math.min(attempt, 10))
  return 500 + random() * (ceiling - 500)
}
