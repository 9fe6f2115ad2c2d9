// <courier-steps data-told> around a courier's forms: a tap is written down with its true time first, shown as done and still
// here, and sent when there is a network (lib/courier). What comes next is possible meanwhile.
import {announce} from 'lib/announce'
import {add, follow, kept, shown, told} from 'lib/courier'
import {shrink} from 'lib/photos'

const ORDER = ['picked_up', 'in_transit', 'delivered']
const MEANS = {out_for_delivery: 'in_transit', ready_for_pickup: 'in_transit'}

customElements.define('courier-steps', class extends HTMLElement {
  connectedCallback() {
    this.path = location.pathname
    this.page = this.closest('.courier')
    this.told = JSON.parse(this.dataset.told)
    this.addEventListener('submit', event => { event.preventDefault(); this.keep(event.target) })
    this.addEventListener('change', ({target}) => target.closest('.photo-add')?.classList.toggle('chosen', !!target.files?.length))
    this.leave = follow(this)
  }

  disconnectedCallback() {
    this.leave()
  }

  async keep(form) {
    if (form.getAttribute('aria-busy') === 'true') return
    form.setAttribute('aria-busy', 'true')
    const at = form.elements.at.value = new Date().toISOString()
    const fields = []
    for (const [name, value] of new FormData(form)) {
      if (!(value instanceof File)) fields.push([name, value])
      else if (value.size) fields.push([name, await shrink(value)])
    }
    const status = form.elements.status?.value ?? 'delivered'
    const to = this.page.querySelector('.courier-to')?.textContent ?? ''
    const lasts = await add({url: form.action, path: this.path, to, status, at, fields})
    this.unkept = !lasts
    form.reset()
    form.closest('details')?.removeAttribute('open')
    form.removeAttribute('aria-busy')
  }

  async draw() {
    const steps = await kept(), later = await told(this.path)
    const known = later && later.heard > this.told.heard ? later : this.told
    const mine = steps.filter(({path, refused, gone, full}) => path === this.path && (!refused || gone || full)) // done, whatever its link is
    const done = {}
    for (const [status, at] of Object.entries(known.when)) done[MEANS[status] ?? status] = {at, state: 'done'}
    if (known.status === 'delivered') done.delivered ||= {state: 'done'}
    else delete done.delivered // a steward knows better
    for (const {status, at} of mine) done[status] = {at, state: 'kept'}
    const furthest = ORDER.findLastIndex(status => done[status])
    const delivered = done.delivered
    for (const step of this.querySelectorAll('[data-step]')) this.show(step, done, furthest)
    this.page.dataset.status = known.status
    this.querySelector('.courier-problem').hidden = furthest < 0 || !!delivered
    this.name(delivered && (mine.findLast(({status}) => status === 'delivered')?.fields.find(([name]) => name === 'name')?.[1] || known.name))
    this.querySelector('.courier-thanks').hidden = delivered?.state !== 'done'
    this.tell(mine.filter(({refused}) => !refused).length)
  }

  show(step, done, furthest) {
    const status = step.dataset.step, place = ORDER.indexOf(status), before = step.dataset.state
    const own = place < 0 && done.delivered ? null : done[status]
    const after = done[ORDER[furthest]]?.state // what is further on says that this was done, too
    const state = own?.state ?? (place >= 0 && place < furthest ? after : place === furthest + 1 ? 'now' : 'later')
    step.dataset.state = state
    const time = step.querySelector('time')
    if (own?.at) Object.assign(time, {dateTime: own.at, textContent: shown(own.at)})
    if (state === 'now' && before === 'later') step.querySelector('details')?.setAttribute('open', '')
    if (state !== before && state === 'kept') step.scrollIntoView({block: 'nearest'})
  }

  name(name) {
    const line = this.querySelector('.courier-proof')
    line.hidden = !name
    line.querySelector('b').textContent = name || ''
  }

  tell(waiting) {
    const notice = this.querySelector('.courier-kept'), unkept = this.querySelector('.courier-unkept')
    if (waiting && notice.hidden) announce(notice.textContent.trim())
    notice.hidden = !waiting || !!this.unkept
    unkept.hidden = !waiting || !this.unkept
  }
})
