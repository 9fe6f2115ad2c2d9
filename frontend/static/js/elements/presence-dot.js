// <presence-dot data-person data-here data-word-here data-word-away>: whether somebody is here now, as a dot and in words.
customElements.define('presence-dot', class extends HTMLElement {
  connectedCallback() {
    document.addEventListener('hub:presence', this.hear ||= ({detail}) => {
      if (detail.person === this.dataset.person) this.set(detail.here ?? detail.on)
    })
    this.set(this.hasAttribute('data-here'))
  }

  disconnectedCallback() { document.removeEventListener('hub:presence', this.hear) }

  set(here) {
    this.toggleAttribute('data-here', !!here)
    const words = (here ? this.dataset.wordHere : this.dataset.wordAway) || ''
    if (this.textContent.trim() !== words) this.textContent = words
  }
})
