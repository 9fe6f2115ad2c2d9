// A part of the page that is asked for again when the world has moved.
import {html} from 'lib/http'

const BREATH = 150, LONGEST = 600
const soon = new WeakMap() // element -> {timer, since}: it is about to be asked for
const asking = new WeakMap() // element -> was it wished for again meanwhile?

/** Re-fetch `element` from its data-src (the piece of it that data-pick names), several wishes in one breath once. */
export function refresh(element) {
  const since = soon.get(element)?.since ?? Date.now()
  clearTimeout(soon.get(element)?.timer)
  const timer = setTimeout(() => replace(element), Math.max(0, Math.min(BREATH, since + LONGEST - Date.now())))
  soon.set(element, {timer, since})
}

/** One request at a time: the answer to an earlier one never comes after that to a later one. */
async function replace(element) {
  soon.delete(element)
  if (asking.has(element)) return asking.set(element, true)
  asking.set(element, false)
  await draw(element)
  const again = asking.get(element)
  asking.delete(element)
  if (again) refresh(element)
}

async function draw(element) {
  const typing = document.activeElement?.matches?.('input, textarea, select') && element.contains(document.activeElement)
  if (typing) return document.activeElement.addEventListener('blur', () => refresh(element), {once: true})
  element.setAttribute('aria-busy', 'true')
  try {
    const page = await html(element.dataset.src)
    const piece = element.dataset.pick ? page.querySelector(element.dataset.pick) : inside(page, element.localName)
    if (piece) swap(element, element.dataset.pick ? [piece] : [...piece.childNodes])
  } catch {
    document.addEventListener('hub:synced', () => refresh(element), {once: true})
  } finally {
    element.removeAttribute('aria-busy')
  }
}

/** The content of a fragment, whether it came bare, in its own element, or as a whole page. */
function inside(page, name) {
  return page.querySelector(`body > ${name}:only-child`) || page.querySelector('main') || page.body
}

function swap(element, nodes) {
  const log = element.closest('thread-log') // someone reading further up is not moved
  log?.scroll ? log.scroll.keep(() => put(element, nodes)) : put(element, nodes)
}

function put(element, nodes) {
  const open = new Set([...named(element)].filter(([, one]) => one.open).map(([name]) => name))
  const focused = element.contains(document.activeElement) && where(document.activeElement)
  element.replaceChildren(...nodes)
  for (const [name, one] of named(element)) if (open.has(name)) one.open = true
  if (focused) element.querySelector(focused)?.focus({preventScroll: true})
  element.dispatchEvent(new CustomEvent('hub:drawn'))
}

/** What can be opened in it, each by a name that holds when rows come and go: its row's, and which of the row it is. */
function named(element) {
  const found = new Map()
  for (const one of element.querySelectorAll('details')) {
    const near = one.closest('[data-row], [id]'), row = element.contains(near) && near !== element ? near.dataset.row || near.id : ''
    let name = row, number = 0
    while (found.has(name)) name = `${row} ${++number}`
    found.set(name, one)
  }
  return found
}

function where(node) {
  if (node.id) return `#${CSS.escape(node.id)}`
  const href = node.getAttribute('href')
  return href ? `[href="${CSS.escape(href)}"]` : null
}
