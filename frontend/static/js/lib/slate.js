// What is written before a tap is over: IndexedDB answers later, and on a slow phone the page may be gone by then.
// One note a key in localStorage; where that is forbidden or full, nothing is noted. Sign-out wipes it (`lib/db`).
import {person} from 'lib/identity'

const prefix = kind => `anou-${person()}-${kind}-`

export function note(kind, key, value) {
  try {
    localStorage.setItem(prefix(kind) + key, JSON.stringify(value))
  } catch {}
}

export function erase(kind, key) {
  try {
    localStorage.removeItem(prefix(kind) + key)
  } catch {}
}

/** All notes of this kind, in no order. */
export function notes(kind) {
  try {
    const keys = Object.keys(localStorage).filter(key => key.startsWith(prefix(kind)))
    return keys.map(key => JSON.parse(localStorage.getItem(key)))
  } catch {
    return []
  }
}
