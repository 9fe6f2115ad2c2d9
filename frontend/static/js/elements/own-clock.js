// <own-clock datetime data-home="Zone" data-here="Morocco">: the same moment on this reader's clock, with the zone's name, where
// it differs from the clock at home. For a country with several zones: nobody but the reader's own device knows which.
customElements.define('own-clock', class extends HTMLElement {
  connectedCallback() {
    const at = new Date(this.getAttribute('datetime'))
    if (isNaN(at)) return
    const language = Intl.DateTimeFormat.supportedLocalesOf(document.documentElement.lang).length ? document.documentElement.lang : 'fr'
    const clock = (timeZone, options) => new Intl.DateTimeFormat(language, {timeZone, ...options}).format(at)
    const day = {year: 'numeric', month: 'numeric', day: 'numeric'}, hour = {hour: '2-digit', minute: '2-digit', hourCycle: 'h23'}
    const home = this.dataset.home, own = undefined
    if (clock(home, {...day, ...hour}) === clock(own, {...day, ...hour})) return this.replaceChildren()
    const words = clock(home, day) === clock(own, day) ? clock(own, hour) : clock(own, {weekday: 'short', day: 'numeric', month: 'short', ...hour})
    const name = new Intl.DateTimeFormat(language, {timeZoneName: 'longGeneric'}).formatToParts(at).find(part => part.type === 'timeZoneName')
    const time = Object.assign(document.createElement('time'), {textContent: words, dateTime: at.toISOString()})
    const zone = Object.assign(document.createElement('bdi'), {textContent: name?.value || ''})
    this.replaceChildren(time, ' ', zone)
  }
})
