// <relative-time datetime data-format="clock|ago">words</relative-time>: a moment in the reader's own time and language.
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
    this.textContent = this.dataset.format === 'clock' ? clock(at) : ago(at)
    this.title = at.toLocaleString(language(), {dateStyle: 'long', timeStyle: 'short'})
  }
})

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
