// <unread-count>: how many messages wait in all threads, beside the place where they are.
customElements.define('unread-count', class extends HTMLElement {
  connectedCallback() {
    this.of ||= new Map()
    document.addEventListener('hub:head', ({detail}) => {
      if (detail.unread === undefined) return
      this.of.set(detail.thread, detail.unread)
      const sum = [...this.of.values()].reduce((a, b) => a + b, 0)
      this.textContent = sum || ''
      this.hidden = !sum
    })
  }
})
