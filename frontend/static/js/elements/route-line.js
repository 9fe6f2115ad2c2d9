// <route-line data-shipment data-silent data-near data-between data-somewhere data-seen data-gone> around <ol> of stops, a
// .route-bead and .route-words: the courier on their way, as a bead and in words, while they share it.
import {announce} from 'lib/announce'
import {courier} from 'lib/couriers'

customElements.define('route-line', class extends HTMLElement {
  connectedCallback() {
    this.stops = [...this.querySelectorAll('ol > li')].map(stop => `\u2068${stop.querySelector('b').textContent}\u2069`) // names keep their own direction
    document.addEventListener('hub:courier', this.hear ||= ({detail}) => detail.shipment === this.dataset.shipment && this.draw())
    this.draw()
  }

  disconnectedCallback() {
    document.removeEventListener('hub:courier', this.hear)
    clearInterval(this.timer)
  }

  draw() {
    const found = courier(this.dataset.shipment, this.dataset.silent * 1000)
    const [bead, words] = [this.querySelector('.route-bead'), this.querySelector('.route-words')]
    const said = words.querySelector('span')
    const was = !words.hidden && said.textContent
    words.hidden = !found
    bead.hidden = found?.along == null
    clearInterval(this.timer)
    if (!found) return was && announce(this.dataset.gone)
    this.timer = setInterval(() => courier(this.dataset.shipment, this.dataset.silent * 1000) && this.age(found), 1_000)
    if (found.along != null) this.style.setProperty('--along', `${(.5 + found.along * (this.stops.length - 1)) / this.stops.length * 100}%`)
    const where = this.where(found)
    said.textContent = where
    if (where !== was) announce(where) // another leg, not each step
    this.age(found)
  }

  where({along, near}) {
    if (along == null) return this.dataset.somewhere
    if (this.stops[near]) return this.dataset.near.replace('{place}', this.stops[near])
    const legs = this.stops.length - 1
    const leg = Math.min(Math.floor(along * legs), legs - 1)
    return this.dataset.between.replace('{one}', this.stops[leg]).replace('{other}', this.stops[leg + 1])
  }

  age({heard}) {
    const seconds = Math.round((heard - Date.now()) / 5_000) * 5
    const ago = new Intl.RelativeTimeFormat(document.documentElement.lang || 'fr', {numeric: 'auto'}).format(seconds || 0, 'second')
    this.querySelector('.route-words small').textContent = this.dataset.seen.replace('{ago}', ago)
  }
})
