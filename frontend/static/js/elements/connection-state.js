// <connection-state data-connecting data-offline data-unkept data-stopped data-crowded data-signed-out>: words for the
// states of the line. Quiet while all is well; a short cut is not worth a word.
import {announce} from 'lib/announce'
import {lasting} from 'lib/db'
import {person} from 'lib/identity'
import {socket} from 'lib/socket'

const BEFORE_SAYING = 1_500
const AT_FIRST = 5_000 // a slow phone opens its first line: nothing was cut
const FINAL = ['stopped', 'signed-out']
const CROWDED = 4010

customElements.define('connection-state', class extends HTMLElement {
  connectedCallback() {
    document.addEventListener('hub:state', ({detail}) => this.set(detail))
    window.addEventListener('offline', () => this.set({state: 'offline'}))
    if (!person()) window.addEventListener('online', () => this.set({state: 'live'})) // without an account there is no line that would say so
    if (socket.state !== 'offline') this.set(socket) // begun before this module was here
  }

  set({state, code}) {
    this.next = [state, code]
    if (state === 'live' || FINAL.includes(state) || state === 'offline' && this.textContent) return this.say()
    const begun = this.dataset.state || state === 'offline'
    this.timer ||= setTimeout(() => this.say(), begun ? BEFORE_SAYING : AT_FIRST) // tries that come and go don't put it off
  }

  say() {
    clearTimeout(this.timer)
    this.timer = null
    if (this.next[0] !== this.dataset.state) this.show(...this.next)
  }

  async show(state, code) {
    this.dataset.state = state
    const words = state === 'live' ? '' : await this.words(state, code)
    if (this.dataset.state !== state) return // it changed while the phone was asked
    const to = {stopped: location.href, 'signed-out': `/sign-in?next=${encodeURIComponent(location.pathname)}`}[state]
    this.replaceChildren(to ? Object.assign(document.createElement('a'), {href: to, textContent: words}) : words)
    if (state !== 'connecting') announce(words)
  }

  async words(state, code) {
    const {connecting, offline, unkept, stopped, crowded, signedOut} = this.dataset
    if (state === 'offline') return await lasting() ? offline : unkept
    if (state === 'stopped') return code === CROWDED ? crowded : stopped
    return state === 'connecting' ? connecting : signedOut
  }
})
