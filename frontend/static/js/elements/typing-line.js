// <typing-line data-thread data-words="{name} is writing…">: who is writing now; forgotten after 6 s.
customElements.define('typing-line', class extends HTMLElement {
  connectedCallback() {
    this.who ||= new Map()
    document.addEventListener('hub:typing', ({detail}) => detail.thread === this.dataset.thread && this.set(detail))
    document.addEventListener('hub:event', ({detail}) => {
      if (detail.thread === this.dataset.thread) this.set({person: detail.by, on: false})
    })
  }

  set({person, on}) {
    clearTimeout(this.who.get(person))
    this.who.delete(person)
    if (on && person !== document.body.dataset.person) {
      this.who.set(person, setTimeout(() => this.set({person, on: false}), 6_000))
    }
    const names = [...this.who.keys()].map(id => document.querySelector(`[data-people] [data-person="${CSS.escape(id)}"]`)?.dataset.name)
    const known = names.filter(Boolean)
    this.textContent = known.length ? this.dataset.words.replace('{name}', known.join(', ')) : ''
  }
})
