// <relay-form data-tongues='{"person": "fr"}'> around a helper's form under a message: proposes the language that
// the other side reads. A draft of it is kept until it is sent.
customElements.define('relay-form', class extends HTMLElement {
  connectedCallback() {
    const article = this.closest('.event')
    const words = this.querySelector('textarea')
    this.propose(article.dataset.by)
    this.key = `anou-relay-${document.body.dataset.person}-${article.dataset.seq}-${this.dataset.thread}`
    try {
      words.value ||= localStorage.getItem(this.key) || ''
      if (words.value) this.closest('details').open = true
      words.addEventListener('input', () => localStorage.setItem(this.key, words.value))
      this.addEventListener('hub:changed', () => localStorage.removeItem(this.key))
    } catch {} // no storage
    this.addEventListener('hub:changed', () => { // the message may have been redrawn, draft and all, before the answer
      for (const one of [this, document.querySelector(`#${article.id} relay-form`)]) one?.empty()
    })
  }

  empty() {
    this.querySelector('textarea').value = ''
    this.closest('details').open = false
  }

  propose(author) {
    if (this.querySelector('[name=lang][checked]')) return
    const tongues = JSON.parse(this.dataset.tongues || '{}')
    const other = Object.keys(tongues).find(person => person !== author)
    const choice = [...this.querySelectorAll('[name=lang]')].find(one => one.value === tongues[other])
    if (choice) choice.checked = true
  }
})
