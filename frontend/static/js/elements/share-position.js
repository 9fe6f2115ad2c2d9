// <share-position data-url data-every ...words> on the courier's page: where this phone is, while the courier wants it seen.
// The newest fix goes, never a queue of old ones; without a new one the same is said again now and then, so that silence
// means something. It ends with the button, with the page, with a no of the hub; a reload of the page goes on.
import {announce} from 'lib/announce'
import {Refused, post} from 'lib/http'
import {uuid} from 'lib/identity'

const STILL_HERE = 20_000
const SPARING = {enableHighAccuracy: false, maximumAge: 5_000, timeout: 30_000} // the battery has to last the valley
const DENIED = 1

customElements.define('share-position', class extends HTMLElement {
  connectedCallback() {
    if (this.button) return
    this.button = this.querySelector('[data-start]')
    this.every = this.dataset.every * 1000
    this.button.addEventListener('click', () => navigator.geolocation ? this.start() : this.refuse(this.dataset.unable))
    this.querySelector('[data-stop]').addEventListener('click', () => this.end(this.dataset.ended))
    window.addEventListener('pagehide', () => this.on && this.leave())
    window.addEventListener('pageshow', ({persisted}) => persisted && this.kept() && this.ended()) // back, by the browser's own memory
    this.hidden = false
    if (this.kept() && performance.getEntriesByType('navigation')[0]?.type === 'reload') this.start()
    else this.keep(false)
  }

  start() {
    this.on = true
    this.keep(true)
    this.fix = this.fresh = this.sent = null
    this.show(this.dataset.looking)
    this.refuse('')
    this.watch = navigator.geolocation.watchPosition(found => this.found(found), fault => this.lost(fault), SPARING)
    this.timer = setInterval(() => this.pass(), this.every)
  }

  found({coords}) {
    this.fix = {lat: coords.latitude, lon: coords.longitude, accuracy_m: coords.accuracy}
    this.fresh = true
    this.pass()
  }

  lost({code}) {
    if (code === DENIED) return this.end(this.dataset.denied)
    this.fix = null // an old place, told as a new one, would be a lie
    this.show(`${this.dataset.unable} ${this.dataset.looking}`)
  }

  async pass() {
    const now = Date.now()
    if (['delivered', 'cancelled'].includes(this.closest('.courier')?.dataset.status)) return this.end(this.dataset.ended)
    if (!this.on || !this.fix || this.sending || now - this.sent < (this.fresh ? this.every : STILL_HERE)) return
    const fix = this.fix
    this.sending = true
    try {
      const {data} = await post(this.dataset.url, {...fix, at: new Date(now).toISOString()}, uuid())
      this.sent = data.passed_on ? now : this.sent
      this.fresh = !data.passed_on || fix !== this.fix
      if (data.passed_on && this.fix) this.show(this.dataset.seen)
    } catch (refused) {
      if (!(refused instanceof Refused)) throw refused
      refused.passing ? this.show(this.dataset.offline) : this.end(refused.message)
    } finally {
      this.sending = false
    }
  }

  /** With the page, which has come back: a reload of it doesn't go on any more. */
  ended() {
    this.keep(false)
    this.refuse(this.dataset.ended)
  }

  /** By the button, or because it can't go on: said to the hub, too. */
  end(words) {
    if (!this.on) return
    this.leave()
    this.keep(false)
    this.refuse(words)
  }

  /** Told by a beacon: that one leaves also when the page does. */
  leave() {
    this.on = false
    navigator.geolocation.clearWatch(this.watch)
    clearInterval(this.timer)
    const body = JSON.stringify({stop: true, at: new Date().toISOString()})
    navigator.sendBeacon(this.dataset.url, new Blob([body], {type: 'application/json'}))
    this.show('')
  }

  show(words) {
    if (!this.on && words) return
    this.button.hidden = this.on
    this.querySelector('.share-position-on').hidden = !this.on
    const state = this.querySelector('[data-state]')
    if (state.textContent !== words) state.textContent = words
    const {classList} = state.closest('.notice')
    classList.toggle('good', words === this.dataset.seen)
    classList.toggle('wait', words !== this.dataset.seen)
  }

  refuse(words) {
    this.querySelector('output').textContent = words
    announce(words)
  }

  kept() {
    try { return sessionStorage[`anou-shares-${this.dataset.url}`] } catch {}
  }

  keep(on) {
    try { on ? sessionStorage[`anou-shares-${this.dataset.url}`] = 1 : delete sessionStorage[`anou-shares-${this.dataset.url}`] } catch {}
  }
})
