// <unread-count>: how many messages wait in all threads, beside the place where they are.
customElements.define('unread-count', class extends HTMLElement {
  connectedCallback() {
    this.of ||= new Map()
    document.addEventListener('hub:head', ({detail}) => {
      if (detail.unread === undefined) return
      this.set(detail.thread, detail.unread)
    })
    document.addEventListener('hub:seen', ({detail}) => this.of.has(detail.thread) && this.set(detail.thread, 0))
  }

  set(thread, unread) {
    this.of.set(thread, unread)
    const sum = [...this.of.values()].reduce((a, b) => a + b, 0)
    this.textContent = sum || ''
    this.hidden = !sum
  }
})
