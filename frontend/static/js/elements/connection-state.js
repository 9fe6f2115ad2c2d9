// <connection-state data-connecting data-offline data-stopped? data-signed-out?>: words for the states of the line.
// Quiet while all is well; a short cut is not worth a word.
import {announce} from 'lib/announce'

const BEFORE_SAYING = 1_500
const STATES = {connecting: 'connecting', offline: 'offline', stopped: 'stopped', 'signed-out': 'signedOut'}

customElements.define('connection-state', class extends HTMLElement {
  connectedCallback() {
    document.addEventListener('hub:state', ({detail}) => this.set(detail.state))
    window.addEventListener('offline', () => this.set('offline'))
  }

  set(state) {
    clearTimeout(this.timer)
    if (state === 'live') return this.show(state)
    if (this.dataset.state === state) return
    const said = this.dataset.state && this.dataset.state !== 'live'
    this.timer = setTimeout(() => this.show(state), said && state !== 'connecting' ? 0 : BEFORE_SAYING)
  }

  show(state) {
    this.dataset.state = state
    const words = this.dataset[STATES[state]] || (state === 'live' ? '' : this.dataset.offline)
    const here = `/sign-in?next=${encodeURIComponent(location.pathname)}`
    this.replaceChildren(state === 'signed-out' ? Object.assign(document.createElement('a'), {href: here, textContent: words}) : words)
    if (state !== 'connecting') announce(words)
  }
})
