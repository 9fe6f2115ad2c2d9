// <sign-out data-unsent data-begun> around the form that signs out: what still waits to be sent, or was begun, would be
// forgotten with everything else of this person, so it is said once. Their other tabs leave what they show, too.
import {announce} from 'lib/announce'
import {all, wipe} from 'lib/db'
import {post} from 'lib/http'
import {uuid} from 'lib/identity'
import {outbox} from 'lib/outbox'
import {others} from 'lib/tabs'

customElements.define('sign-out', class extends HTMLElement {
  connectedCallback() {
    this.addEventListener('submit', event => { event.preventDefault(); this.leave(event.target) })
  }

  async leave(form) {
    const unsent = await outbox().list(), begun = await all('drafts')
    if (!this.asked && unsent.length + begun.length) return this.ask(unsent.length ? this.dataset.unsent : this.dataset.begun)
    try {
      await post(form.action, new FormData(form), uuid())
    } catch {
      return form.submit() // the browser says what is wrong; nothing is forgotten
    }
    others('forget', {})
    await wipe()
    location.replace('/')
  }

  ask(words) {
    this.asked = true
    const output = Object.assign(document.createElement('output'), {className: 'refusal', textContent: words})
    output.setAttribute('role', 'alert')
    this.append(output)
    announce(words)
  }
})
