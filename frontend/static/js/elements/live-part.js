// <live-part data-src data-pick? data-topic="order:ID inbox"? data-thread? data-kinds="quote. joined"?>: HTML that is
// asked for again when a hint names its topic, when its thread moves (by a kind of event it names; else by anything but
// talk), or when a form inside it has changed something.
import {refresh} from 'lib/part'

const DEALS = ['quote.', 'order.', 'shipment.']

const refreshed = ({currentTarget}) => refresh(currentTarget)

customElements.define('live-part', class extends HTMLElement {
  connectedCallback() {
    const topics = (this.dataset.topic || '').split(' ').filter(Boolean)
    const kinds = this.dataset.kinds ? this.dataset.kinds.split(' ') : DEALS
    const mine = detail => this.dataset.thread && detail.thread === this.dataset.thread
    this.hear = ({type, detail}) => {
      if (type === 'hub:hint' ? topics.includes(detail.topic)
        : type === 'hub:event' ? mine(detail) && kinds.some(kind => detail.kind.startsWith(kind))
        : mine(detail) && !this.dataset.kinds && !this.closest('thread-log')) refresh(this)
    }
    for (const name of ['hint', 'event', 'head']) document.addEventListener(`hub:${name}`, this.hear)
    this.addEventListener('hub:changed', refreshed) // once, though it may be moved about
  }

  disconnectedCallback() {
    for (const name of ['hint', 'event', 'head']) document.removeEventListener(`hub:${name}`, this.hear)
  }
})
