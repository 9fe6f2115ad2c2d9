// <rate-asker data-src> in the form of a booking: asks carriers what this parcel would cost, as the form says it; a tap on an
// offer fills carrier and service, and wants the label. Without this module the button opens a page of prices.
import {announce} from 'lib/announce'
import {html} from 'lib/http'

customElements.define('rate-asker', class extends HTMLElement {
  connectedCallback() {
    this.offers = this.querySelector('[data-offers]')
    this.addEventListener('click', event => {
      const offer = event.target.closest('[data-service]')
      if (offer) return this.choose(offer)
      if (!event.target.closest('[data-ask]')) return
      event.preventDefault()
      this.ask()
    })
  }

  get form() { return this.closest('form') }

  async ask() {
    if (this.getAttribute('aria-busy') === 'true') return
    this.setAttribute('aria-busy', 'true')
    this.say(this.dataset.waits)
    const fields = new FormData(this.form)
    for (const name of ['carrier', 'service', 'label']) fields.delete(name) // all carriers are asked
    try {
      const page = await html(`${this.dataset.src}?${new URLSearchParams(fields)}`)
      this.offers.replaceChildren(document.importNode(page.querySelector('#rates'), true))
    } catch (refused) {
      this.say(refused.message || this.dataset.lost)
    } finally {
      this.removeAttribute('aria-busy')
    }
  }

  say(words) {
    this.offers.textContent = words
    announce(words)
  }

  choose(offer) {
    const {form} = this
    const {carrier} = offer.closest('[data-carrier]').dataset
    for (const one of form.elements.carrier) one.checked = one.value === carrier
    form.elements.service.value = offer.dataset.service
    form.elements.label.checked = true
    for (const one of this.querySelectorAll('[data-service]')) one.setAttribute('aria-pressed', String(one === offer))
    offer.dispatchEvent(new Event('input', {bubbles: true}))
    form.elements.service.dispatchEvent(new Event('input', {bubbles: true})) // other words are another wish
  }
})
