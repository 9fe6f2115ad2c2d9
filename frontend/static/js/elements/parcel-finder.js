// <parcel-finder> around a form for a label's short code: where the browser reads codes by itself (BarcodeDetector) there is a
// button for the camera, too. Both lead to the parcel's page.
import {Refused, post} from 'lib/http'
import {uuid} from 'lib/identity'

const LINK = /\/c\/[A-Za-z0-9_-]{43}$/
const LOOK = 200

customElements.define('parcel-finder', class extends HTMLElement {
  async connectedCallback() {
    this.view = this.querySelector('.courier-camera')
    this.video = this.querySelector('video')
    this.scanner = this.querySelector('[data-scan]')
    this.output = this.querySelector('output')
    this.querySelector('form').addEventListener('submit', event => { event.preventDefault(); this.open(event.target) })
    this.scanner.addEventListener('click', () => this.scan())
    this.view.querySelector('button').addEventListener('click', () => this.stop())
    this.closest('details')?.addEventListener('toggle', ({target}) => target.open || this.stop())
    this.hide = () => document.hidden && this.stop()
    document.addEventListener('visibilitychange', this.hide)
    const reads = await globalThis.BarcodeDetector?.getSupportedFormats().catch(() => [])
    this.scanner.hidden = !reads?.includes('qr_code') || !navigator.mediaDevices
  }

  disconnectedCallback() {
    document.removeEventListener('visibilitychange', this.hide)
    this.stop()
  }

  async open(form) {
    if (form.getAttribute('aria-busy') === 'true') return
    form.setAttribute('aria-busy', 'true')
    this.say('')
    try {
      location.assign((await post(form.action, new FormData(form), uuid())).data.link)
    } catch (refused) {
      if (!(refused instanceof Refused)) throw refused
      this.say(refused.status === 404 ? this.dataset.wrong : refused.message || this.dataset.offline)
    } finally {
      form.removeAttribute('aria-busy')
    }
  }

  async scan() {
    if (this.asking || this.stream) return // a second tap
    this.asking = true
    this.say('')
    let stream
    try {
      stream = await navigator.mediaDevices.getUserMedia({video: {facingMode: 'environment'}})
    } catch {
      return this.say(this.dataset.blocked)
    } finally {
      this.asking = false
    }
    if (!this.isConnected || document.hidden || this.closest('details')?.open === false) return dark(stream) // left meanwhile
    this.stream = stream
    this.scanner.hidden = true
    this.view.hidden = false
    this.video.srcObject = stream
    await this.video.play().catch(() => {})
    this.look(new BarcodeDetector({formats: ['qr_code']}), stream)
  }

  async look(detector, stream) {
    while (this.stream === stream) {
      const found = await detector.detect(this.video).catch(() => []) // no picture yet
      const link = found.map(({rawValue}) => rawValue.match(LINK)?.[0]).find(Boolean)
      if (link && this.stream === stream) {
        this.stop()
        return location.assign(link) // of this hub, whatever name it had when the label was printed
      }
      if (found.length) this.say(this.dataset.foreign)
      await new Promise(resolve => setTimeout(resolve, LOOK))
    }
  }

  stop() {
    if (!this.stream) return
    dark(this.stream)
    this.stream = this.video.srcObject = null
    this.view.hidden = true
    this.scanner.hidden = false
  }

  say(words) {
    this.output.textContent = words
  }
})

function dark(stream) {
  for (const track of stream.getTracks()) track.stop()
}
