// <deal-bar data-src data-thread>: the quote or the order this thread is about, always in sight, always as it stands.
import {refresh} from 'lib/part'

const DEAL = /^(quote|order|shipment)\./

customElements.define('deal-bar', class extends HTMLElement {
  connectedCallback() {
    if (this.ready) return
    this.ready = true
    document.addEventListener('hub:event', ({detail}) => {
      if (detail.thread === this.dataset.thread && DEAL.test(detail.kind)) refresh(this)
    })
    document.addEventListener('hub:hint', ({detail}) => {
      if (/^(order|card):/.test(detail.topic)) refresh(this)
    })
    document.addEventListener('hub:changed', () => refresh(this))
  }
})
