// Every form[data-verb] on the page, also in parts that came later: sent by fetch with a key that stays the same until
// there is an answer, so that a tap on a bad network counts once. With data-waits (the words for it) a tap without a network
// is kept while the page is open, and goes as it was tapped when there is one again; a page that is opened anew says that it
// did not go, and sends nothing by itself. Without this module the forms post as they are.
import {announce} from 'lib/announce'
import {Refused, alike, post} from 'lib/http'
import {person, uuid} from 'lib/identity'

const keys = new WeakMap()
const LIVE = '[data-stay], thread-log, deal-bar, live-part, dialog'

document.addEventListener('submit', event => {
  const form = event.target
  if (!form.matches('form[data-verb]') || event.defaultPrevented) return
  event.preventDefault()
  if (form.getAttribute('aria-busy') !== 'true') send(form, event.submitter)
})
document.addEventListener('input', ({target}) => {
  if (!target.form?.matches('form[data-verb]')) return
  target.removeAttribute('aria-invalid')
  keys.delete(target.form) // other words are another wish
})

async function send(form, button) {
  const stays = form.closest(LIVE) // now: the event may redraw this part, and take the form away, before the answer is here
  let leaving = false
  busy(form, button, true)
  say(form, '')
  try {
    const waits = []
    form.dispatchEvent(new CustomEvent('hub:submitting', {detail: {waits}}))
    await Promise.all(waits)
    const target = button?.getAttribute('formaction') || form.getAttribute('action') || location.href
    if (!keys.has(form)) keys.set(form, uuid())
    const [body, key] = [filled(form, button), keys.get(form)]
    const {location: next} = await patiently(form, () => post(alike(target), body, key, form.dataset.method))
    tapped()
    keys.delete(form)
    leaving = after(form, stays, next)
  } catch (refused) {
    if (!(refused instanceof Refused)) throw refused
    tapped()
    if (!refused.passing) keys.delete(form)
    refuse(standing(form, stays), refused)
  } finally {
    if (!leaving) busy(form, button, false) // until the next page is there a second tap would be a second wish
  }
}

window.addEventListener('pageshow', ({persisted}) => { // back again, by the browser's own memory
  if (persisted) document.querySelectorAll('form[data-verb], form[data-verb] button').forEach(node => node.removeAttribute('aria-busy'))
})

async function patiently(form, send) {
  for (;;) {
    try {
      return await send()
    } catch (refused) {
      if (refused.status !== 0 || !form.dataset.waits) throw refused
      tapped(form.getAttribute('action'))
      say(form, form.dataset.waits)
      await network()
    }
  }
}

/** What was tapped and has not left; of this tab and this page, so that no other tab says so while this one still tries. */
function tapped(action) {
  const key = `anou-tapped-${person()}-${location.pathname}`
  try {
    const before = sessionStorage[key]
    action ? sessionStorage[key] = action : delete sessionStorage[key]
    return before
  } catch {}
}

function confess() {
  const action = tapped()
  const form = action && document.querySelector(`form[data-waits][action="${CSS.escape(action)}"]`)
  if (!form) return
  form.closest('details')?.setAttribute('open', '')
  say(form, document.querySelector('connection-state').dataset.untapped) // it stands here still: so it did not happen
}
confess()

function network() {
  return new Promise(resolve => {
    const go = () => { clearTimeout(timer); removeEventListener('online', go); resolve() }
    const timer = setTimeout(go, 8_000)
    addEventListener('online', go)
  })
}

/** The form, or the one that took its place while its answer was on the way. */
function standing(form, stays) {
  return form.isConnected ? form : stays?.querySelector(`form[action="${CSS.escape(form.getAttribute('action'))}"]`) ?? form
}

function filled(form, button) {
  const data = new FormData(form)
  if (button?.name) data.append(button.name, button.value)
  return data
}

/** What follows a yes; true when the page is left. */
function after(form, stays, next) {
  const url = next && new URL(next, location.href)
  for (const node of form.isConnected ? [form] : [form, stays ?? document]) node.dispatchEvent(new CustomEvent('hub:changed', {bubbles: true}))
  if (stays) return false
  if (url && (url.pathname !== location.pathname || url.search !== location.search)) location.assign(url)
  else location.reload()
  return true
}

function refuse(form, refused) {
  form.dispatchEvent(new CustomEvent('hub:refused'))
  if (refused.status === 401) return location.assign(`/sign-in?next=${encodeURIComponent(location.pathname)}`)
  const words = refused.message || document.querySelector('connection-state')?.dataset.offline || '!'
  say(form, words)
  const output = form.querySelector('output.refusal')
  const marked = Object.entries(refused.error.words || {}).map(([name, why]) => ({why, field: mark(form, name, why)})).filter(({field}) => field)
  const first = marked[0]?.field
  if (marked.some(({why}) => why === words)) output.textContent = '' // it stands at the field already
  first?.focus({preventScroll: true});
  (first ? first.closest('.field') ?? first : output).scrollIntoView({block: 'nearest'}) // with the words below it
  if (refused.error.current) form.dispatchEvent(new CustomEvent('hub:changed', {bubbles: true})) // the state has moved: show it
}

/** The field that was wrong, with what is wrong beside it; an amount is typed under a name of its own. */
function mark(form, name, why) {
  for (const one of [name, `${name}_decimal`].map(CSS.escape)) {
    const place = form.querySelector(`[data-error="${one}"]`)
    const field = form.querySelector(`:is(input:not([type="hidden"]), select, textarea)[name="${one}"]`)
    if (place) place.textContent = why
    field?.setAttribute('aria-invalid', 'true')
    if (field) return field
  }
}

function say(form, words) {
  let output = form.querySelector('output.refusal')
  if (!output && !words) return
  if (!output) {
    output = Object.assign(document.createElement('output'), {className: 'refusal'})
    output.setAttribute('role', 'alert')
    form.append(output)
  }
  output.textContent = words
  for (const error of form.querySelectorAll('[data-error]')) if (!words) error.textContent = ''
  announce(words)
}

function busy(form, button, on) {
  for (const node of [form, button]) on ? node?.setAttribute('aria-busy', 'true') : node?.removeAttribute('aria-busy')
}
