// <kept-steps data-words data-gone>: what this phone still holds and the page does not show by itself: of other parcels, and what was
// refused. `data-words`: {status: what it is called}. Each in a row, with what can be done about it.
import {drop, follow, kept, shown, withoutPictures} from 'lib/courier'

customElements.define('kept-steps', class extends HTMLElement {
  connectedCallback() {
    this.words = JSON.parse(this.dataset.words)
    this.list = this.querySelector('ol')
    this.row = this.querySelector('template').content.firstElementChild
    this.addEventListener('click', ({target}) => this.decide(target.closest('button')))
    this.leave = follow(this)
  }

  disconnectedCallback() {
    this.leave()
  }

  decide(button) {
    if (!button) return
    const {thread} = button.closest('li').dataset
    button.disabled = true // another tap would send it twice
    button.matches('[data-photoless]') ? withoutPictures(thread) : drop(thread)
  }

  async draw() {
    const steps = (await kept()).filter(step => step.refused || !this.isHere(step))
    this.hidden = !steps.length
    this.list.replaceChildren(...steps.map(step => this.draft(step)))
  }

  /** Is it of the parcel whose page this is? A dead link's page is no parcel's. */
  isHere({path}) {
    return path === location.pathname && !!document.querySelector('courier-steps')
  }

  draft(step) {
    const row = this.row.cloneNode(true)
    Object.assign(row.dataset, {thread: step.thread, state: step.refused ? 'refused' : 'kept'})
    row.querySelector('b').textContent = this.words[step.status]
    row.querySelector('bdi').textContent = this.isHere(step) ? '' : step.to
    Object.assign(row.querySelector('time'), {dateTime: step.at, textContent: shown(step.at)})
    row.querySelector('small').textContent = step.gone ? this.dataset.gone : step.refused ?? ''
    row.querySelector('[data-drop]').hidden = !step.refused
    row.querySelector('[data-photoless]').hidden = !step.pictures?.length
    return row
  }
})
