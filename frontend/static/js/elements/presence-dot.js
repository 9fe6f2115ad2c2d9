// <presence-dot data-person data-here data-word-here data-word-away>: whether somebody is here now, as a dot and in words.
// After a resume the hub names those who are here: whoever is not named in a while went when there was no line.
const NAMED_WITHIN = 4_000

customElements.define('presence-dot', class extends HTMLElement {
  connectedCallback() {
    document.addEventListener('hub:presence', this.hear ||= ({detail}) => {
      if (detail.person === this.dataset.person) this.set(detail.here ?? detail.on)
    })
    document.addEventListener('hub:synced', this.doubt ||= () => {
      clearTimeout(this.timer)
      this.timer = setTimeout(() => this.set(false), NAMED_WITHIN)
    })
    this.set(this.hasAttribute('data-here'))
  }

  disconnectedCallback() {
    document.removeEventListener('hub:presence', this.hear)
    document.removeEventListener('hub:synced', this.doubt)
    clearTimeout(this.timer)
  }

  set(here) {
    clearTimeout(this.timer)
    this.toggleAttribute('data-here', !!here)
    const words = (here ? this.dataset.wordHere : this.dataset.wordAway) || ''
    if (this.textContent.trim() !== words) this.textContent = words
  }
})
