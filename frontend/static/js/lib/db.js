// What must survive a power cut: the outbox and the drafts, in IndexedDB, one database a person.
// Where the browser refuses (some private windows, a full phone), memory serves until the page is closed.
import {person} from 'lib/identity'

const STORES = {outbox: 'cid', drafts: 'thread'}
const PREFIX = 'anou-'
const memory = new Map(Object.keys(STORES).map(name => [name, new Map()]))
let opening

function open() {
  return opening ||= new Promise(resolve => {
    let request
    try {
      request = indexedDB.open(PREFIX + person(), 1)
    } catch {
      return resolve(null)
    }
    request.onupgradeneeded = () => {
      for (const [name, keyPath] of Object.entries(STORES)) request.result.createObjectStore(name, {keyPath})
    }
    request.onsuccess = () => {
      const db = request.result
      db.onversionchange = db.onclose = () => { db.close(); opening = null }
      resolve(db)
    }
    request.onerror = () => resolve(null)
  })
}

async function run(store, mode, act, instead) {
  const db = await open()
  if (!db) return instead(memory.get(store))
  return new Promise((resolve, reject) => {
    const transaction = db.transaction(store, mode)
    const request = act(transaction.objectStore(store))
    transaction.oncomplete = () => resolve(request.result)
    transaction.onerror = transaction.onabort = () => reject(transaction.error)
  })
}

const held = (store, key) => memory.get(store).get(key)

export const get = async (store, key) => held(store, key) ?? run(store, 'readonly', s => s.get(key), () => undefined)

export async function all(store) {
  const written = await run(store, 'readonly', s => s.getAll(), () => [])
  return [...written.filter(record => !held(store, record[STORES[store]])), ...memory.get(store).values()]
}

export async function put(store, record) {
  const keep = () => memory.get(store).set(record[STORES[store]], record)
  await run(store, 'readwrite', s => s.put(record), keep).catch(keep) // a full phone
}

export function remove(store, key) {
  memory.get(store).delete(key)
  return run(store, 'readwrite', s => s.delete(key), () => {})
}

/** Forget everything of everybody on this device: at sign-out. */
export async function wipe() {
  for (const key of Object.keys(localStorage)) if (key.startsWith(PREFIX)) localStorage.removeItem(key)
  for (const map of memory.values()) map.clear()
  const db = await open()
  db?.close()
  opening = null
  const known = await indexedDB.databases?.() ?? [{name: PREFIX + person()}]
  for (const {name} of known) if (name.startsWith(PREFIX)) indexedDB.deleteDatabase(name)
}
