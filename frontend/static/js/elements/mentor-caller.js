// <mentor-caller><a href="/mentors?thread=..">..</a><template><dialog class="sheet">..<div class="sheet-body"></div></dialog></template>
// The link works by itself; here its page rises as a sheet over the conversation.
import {html} from 'lib/http'

customElements.define('mentor-caller', class extends HTMLElement {
  connectedCallback() {
    if (this.link) return
    this.link = this.querySelector('a')
    this.link.addEventListener('click', event => {
      if (event.metaKey || event.ctrlKey) return
      event.preventDefault()
      this.open()
    })
    this.addEventListener('hub:changed', () => this.sheet?.close())
  }

  async open() {
    this.link.setAttribute('aria-busy', 'true')
    try {
      const page = await html(this.link.href)
      const list = page.querySelector('.mentors') || page.body
      if (!this.sheet) this.append(this.sheet = this.querySelector('template').content.firstElementChild.cloneNode(true))
      this.sheet.querySelector('.sheet-body').replaceChildren(list)
      this.sheet.showModal()
    } catch {
      location.assign(this.link.href)
    } finally {
      this.link.removeAttribute('aria-busy')
    }
  }
})
