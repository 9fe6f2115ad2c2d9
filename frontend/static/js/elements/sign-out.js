// <sign-out data-unsent> around the form that signs out: what still waits to be sent would be forgotten with everything
// else of this person, so it is said once.
import {announce} from 'lib/announce'
import {wipe} from 'lib/db'
import {outbox} from 'lib/outbox'

customElements.define('sign-out', class extends HTMLElement {
  connectedCallback() {
    this.addEventListener('submit', event => { event.preventDefault(); this.leave(event.target) })
  }

  async leave(form) {
    const unsent = await outbox().list()
    if (unsent.length && !this.asked) return this.ask()
    await wipe()
    form.submit()
  }

  ask() {
    this.asked = true
    const output = Object.assign(document.createElement('output'), {className: 'refusal', textContent: this.dataset.unsent})
    output.setAttribute('role', 'alert')
    this.append(output)
    announce(this.dataset.unsent)
  }
})
