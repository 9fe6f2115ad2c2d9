// <relative-time datetime data-format="clock|ago|left">words</relative-time>: a moment in the reader's own time and language.
// `left` is how long until then, and ticks; when it has come, whatever stands around it looks again.
const UNITS = [['year', 31_536_000], ['month', 2_592_000], ['week', 604_800], ['day', 86_400], ['hour', 3_600], ['minute', 60]]
const all = new Set()

customElements.define('relative-time', class extends HTMLElement {
  static observedAttributes = ['datetime']
  connectedCallback() { all.add(this); this.write() }
  disconnectedCallback() { all.delete(this) }
  attributeChangedCallback() { if (this.isConnected) this.write() }

  write() {
    const at = new Date(this.getAttribute('datetime'))
    if (isNaN(at)) return
    this.textContent = this.dataset.format === 'clock' ? clock(at) : this.dataset.format === 'left' ? this.left(at) : ago(at)
    this.title = at.toLocaleString(language(), {dateStyle: 'long', timeStyle: 'short'})
  }

  left(at) {
    const seconds = Math.ceil((at - Date.now()) / 1000)
    clearTimeout(this.timer)
    if (seconds <= 0) {
      if (this.waited) this.dispatchEvent(new CustomEvent('hub:changed', {bubbles: true}))
      this.waited = false
      return left(0)
    }
    this.waited = true
    this.timer = setTimeout(() => this.isConnected && this.write(), seconds <= 3_600 ? 1_000 : 60_000)
    return left(seconds)
  }
})

function left(seconds) {
  const parts = seconds >= 86_400 ? [['day', seconds / 86_400], ['hour', seconds % 86_400 / 3_600]]
    : seconds >= 3_600 ? [['hour', seconds / 3_600], ['minute', seconds % 3_600 / 60]]
    : [['minute', seconds / 60], ['second', seconds % 60]]
  return parts.map(([unit, many]) => new Intl.NumberFormat(language(), {style: 'unit', unit, unitDisplay: 'short'}).format(Math.floor(many))).join(' ')
}

function language() {
  const wanted = document.documentElement.lang
  return Intl.DateTimeFormat.supportedLocalesOf(wanted).length ? wanted : 'fr'
}

function clock(at) {
  const today = at.toDateString() === new Date().toDateString()
  const day = today ? {} : {day: 'numeric', month: 'short'}
  return at.toLocaleString(language(), {hour: '2-digit', minute: '2-digit', ...day})
}

function ago(at) {
  const seconds = (at - Date.now()) / 1000
  const [unit, size] = UNITS.find(([, size]) => Math.abs(seconds) >= size) || ['second', 1]
  const many = unit === 'second' ? 0 : Math.round(seconds / size)
  return new Intl.RelativeTimeFormat(language(), {numeric: 'auto', style: 'short'}).format(many, unit)
}

setInterval(() => document.visibilityState === 'visible' && all.forEach(one => one.write()), 60_000)
