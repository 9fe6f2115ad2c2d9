// <unread-count>: how many messages wait in all threads, beside the place where they are.
import {person} from 'lib/identity'

customElements.define('unread-count', class extends HTMLElement {
  connectedCallback() {
    this.of ||= new Map() // thread -> {unread, head}
    document.addEventListener('hub:head', ({detail: {thread, unread, head}}) => unread !== undefined && this.set(thread, {unread, head}))
    document.addEventListener('hub:seen', ({detail: {thread}}) => this.read(thread, Infinity))
    document.addEventListener('hub:receipt', ({detail}) => detail.person === person() && this.read(detail.thread, detail.read))
  }

  /** Here, in another tab, or on another device. */
  read(thread, seq) {
    const one = this.of.get(thread)
    if (one && seq >= one.head) this.set(thread, {...one, unread: 0})
  }

  set(thread, one) {
    this.of.set(thread, one)
    const sum = [...this.of.values()].reduce((sum, {unread}) => sum + unread, 0)
    this.textContent = sum || ''
    this.hidden = !sum
  }
})
