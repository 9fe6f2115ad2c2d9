// <say-aloud data-of=".quote-card" hidden>: its button reads the words and numbers of what it stands in, and a second tap
// is enough of it. It stays hidden on a device without a voice of this language, and never speaks by itself.
const SAID = '.terms-words, svg.size-picture, .wool-row > *, .terms > div, .terms-note, .price-split > .total, .roughly'

customElements.define('say-aloud', class extends HTMLElement {
  connectedCallback() {
    if (this.button || !window.speechSynthesis) return
    this.button = this.querySelector('button')
    this.look = () => { this.hidden = !this.voice }
    speechSynthesis.addEventListener?.('voiceschanged', this.look)
    this.button.addEventListener('click', () => this.speaking ? this.stop() : this.speak())
    this.look()
  }

  disconnectedCallback() { this.stop() }

  get voice() {
    const lang = document.documentElement.lang
    return speechSynthesis.getVoices().find(voice => voice.lang.toLowerCase().split(/[-_]/)[0] === lang)
  }

  words() {
    const parts = [...this.closest(this.dataset.of).querySelectorAll(SAID)].filter(part => part.checkVisibility?.() ?? true)
    return parts.map(said).filter(Boolean).join('. ')
  }

  speak() {
    speechSynthesis.cancel()
    const utterance = new SpeechSynthesisUtterance(this.words())
    Object.assign(utterance, {lang: document.documentElement.lang, voice: this.voice ?? null, rate: .9})
    utterance.onend = utterance.onerror = () => this.spoken()
    this.speaking = utterance
    this.button.setAttribute('aria-pressed', 'true')
    speechSynthesis.speak(utterance)
  }

  stop() {
    if (!this.speaking) return
    speechSynthesis.cancel()
    this.spoken()
  }

  spoken() {
    this.speaking = null
    this.button.setAttribute('aria-pressed', 'false')
  }
})

function said(part) {
  if (part.localName === 'svg') return part.getAttribute('aria-label')
  const copy = part.cloneNode(true)
  for (const silent of copy.querySelectorAll('del, svg, [hidden]')) silent.remove()
  copy.querySelector('dt')?.append(': ')
  return copy.textContent.replace(/\s+/g, ' ').trim()
}
