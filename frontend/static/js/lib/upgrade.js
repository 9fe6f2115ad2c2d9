// Loads the module of each custom element that is on the page, and no other.

const asked = new Map()

export function upgrade(root = document) {
  const names = new Set([...root.querySelectorAll('*')].map(node => node.localName).filter(name => name.includes('-')))
  return Promise.all([...names].map(load))
}

function load(name) {
  if (!asked.has(name)) {
    asked.set(name, import(`elements/${name}`).catch(() => asked.delete(name))) // a lost module is asked for again
  }
  return asked.get(name)
}
