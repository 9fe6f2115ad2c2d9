// What must survive a power cut: the outbox and the drafts, in IndexedDB, one database a person.
// Where the browser refuses (some private windows, a full phone), memory serves until the page is closed, `put` says so,
// and the browser asks before the page is left.
import {person} from 'lib/identity'

const STORES = {outbox: 'cid', drafts: 'thread'}
const PREFIX = 'anou-'
const memory = Object.fromEntries(Object.keys(STORES).map(name => [name, new Map()])) // key -> record; null: removed
let patience = 4_000 // for a database that does not open; once, not for every word
let opening
let refused = false

function open() {
  opening ||= new Promise((resolve, reject) => {
    const request = indexedDB.open(PREFIX + person(), 1) // where it is forbidden this throws, or fails
    request.onupgradeneeded = () => {
      for (const [name, keyPath] of Object.entries(STORES)) request.result.createObjectStore(name, {keyPath})
    }
    request.onsuccess = () => {
      const db = request.result
      db.onversionchange = db.onclose = () => { db.close(); opening = null }
      resolve(db)
    }
    request.onerror = () => reject(request.error)
  })
  opening.catch(() => { opening = null })
  let timer
  const late = new Promise((_, reject) => { timer = setTimeout(() => { patience = 0; reject(new Error('no answer')) }, patience) })
  return Promise.race([opening, late]).finally(() => clearTimeout(timer))
}

async function run(stores, mode, act) { // rejects when the browser refuses
  const db = await open()
  return new Promise((resolve, reject) => {
    const transaction = db.transaction(stores, mode, {durability: 'strict'}) // on the disk, not only on its way there
    const request = act(name => transaction.objectStore(name))
    transaction.oncomplete = () => resolve(request.result)
    transaction.onabort = () => reject(transaction.error)
  })
}

export async function get(store, key) {
  if (memory[store].has(key)) return memory[store].get(key) ?? undefined
  return run([store], 'readonly', of => of(store).get(key)).catch(() => undefined)
}

export async function all(store) {
  const written = await run([store], 'readonly', of => of(store).getAll()).catch(() => [])
  return [...written.filter(record => !memory[store].has(record[STORES[store]])), ...[...memory[store].values()].filter(Boolean)]
}

/** Write it down; `also`: [store, key] of what goes in the same breath. False: only this page knows it. */
export async function put(store, record, also) {
  try {
    await run(also ? [store, also[0]] : [store], 'readwrite', of => {
      if (also) of(also[0]).delete(also[1])
      return of(store).put(record)
    })
    memory[store].delete(record[STORES[store]])
    if (also) memory[also[0]].delete(also[1])
    refused = false
  } catch {
    memory[store].set(record[STORES[store]], record)
    if (also) memory[also[0]].set(also[1], null)
    refused = true
  }
  guard()
  return !refused
}

export async function remove(store, key) {
  memory[store].delete(key)
  await run([store], 'readwrite', of => of(store).delete(key)).catch(() => memory[store].set(key, null))
  guard()
}

/** Whether what is written here outlives this page. */
export const lasting = () => open().then(() => !refused, () => false)

const ask = event => { event.preventDefault() }

function guard() { // only while something would be lost: a page with this listener is kept out of the back-forward cache
  const unkept = Object.values(memory).some(map => [...map.values()].some(Boolean))
  unkept ? addEventListener('beforeunload', ask) : removeEventListener('beforeunload', ask)
}

/** Forget everything of everybody on this device: at sign-out. What is kept without a person stays: a courier's steps on their
    way to the hub (`lib/courier`). They belong to a parcel's link and hold no words of whoever signs out; nobody else has them yet. */
export async function wipe() {
  try { for (const store of [localStorage, sessionStorage]) store.clear() } catch {} // forbidden: nothing is there
  for (const map of Object.values(memory)) map.clear()
  guard()
  const db = await open().catch(() => null)
  db?.close()
  opening = null
  const known = await globalThis.indexedDB?.databases?.().catch(() => []) ?? [{name: PREFIX + person()}]
  await Promise.allSettled(known.map(({name}) => name).filter(name => name.startsWith(PREFIX) && name !== PREFIX).map(gone))
}

function gone(name) { // before the page is left
  return new Promise(resolve => {
    const request = indexedDB.deleteDatabase(name)
    request.onsuccess = request.onerror = request.onblocked = resolve // blocked: when the tab that holds it lets go
    setTimeout(resolve, patience)
  })
}
