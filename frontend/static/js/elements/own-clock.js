// <own-clock datetime data-home="2026-11-20T12:00" data-here="Morocco">: the same moment on this reader's clock, with the zone's name,
// where it differs from the clock at home, which then gets its name, too. For a country with several zones: nobody but the reader's
// own device knows which. What the clocks at home show comes from the hub: an old phone knows Morocco's zone of years ago.
customElements.define('own-clock', class extends HTMLElement {
  connectedCallback() {
    const at = new Date(this.getAttribute('datetime'))
    if (isNaN(at)) return
    const {home, here} = this.dataset, own = wall(at)
    if (own === home) return this.replaceChildren()
    const language = Intl.DateTimeFormat.supportedLocalesOf(document.documentElement.lang).length ? document.documentElement.lang : 'fr'
    const hour = {hour: '2-digit', minute: '2-digit', hourCycle: 'h23'}
    const day = own.slice(0, 10) === home?.slice(0, 10) ? {} : {weekday: 'short', day: 'numeric', month: 'short'}
    const name = new Intl.DateTimeFormat(language, {timeZoneName: 'longGeneric'}).formatToParts(at).find(part => part.type === 'timeZoneName')
    const time = element('time', new Intl.DateTimeFormat(language, {...day, ...hour}).format(at))
    time.dateTime = at.toISOString()
    this.replaceChildren(time, ' ', element('bdi', name?.value || ''))
    const first = this.previousElementSibling
    if (first && !first.querySelector('bdi')) first.append(' ', element('bdi', here))
  }
})

const element = (name, words) => Object.assign(document.createElement(name), {textContent: words})

/** What this device's clock showed then, as 2026-11-20T12:00. */
function wall(at) {
  const two = number => String(number).padStart(2, '0')
  return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}T${two(at.getHours())}:${two(at.getMinutes())}`
}
