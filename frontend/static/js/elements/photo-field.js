// <photo-field name data-purpose data-max?>: a .photo-add label with a file input, and a <template> of one .photo.
// Each picture is shrunk, uploaded at once, and stands in the form as a hidden input with its id.
import {upload} from 'lib/http'
import {uuid} from 'lib/identity'
import {shrink} from 'lib/photos'

customElements.define('photo-field', class extends HTMLElement {
  connectedCallback() {
    if (this.input) return
    this.input = this.querySelector('[type=file]')
    this.input.removeAttribute('name') // ids go instead of files
    this.input.required = false // the hub says what is missing, in words: a field that nobody sees can't
    this.under = new Set()
    this.input.addEventListener('change', () => this.take())
    this.addEventListener('click', ({target}) => {
      if (!target.closest('.photo > button')) return
      target.closest('.photo').remove()
      this.input.focus()
      this.dispatchEvent(new Event('change', {bubbles: true}))
    })
    this.closest('form')?.addEventListener('hub:submitting', ({detail}) => detail.waits.push(...this.under))
    this.take() // what was chosen before a slow line had brought this module
  }

  take() {
    const files = [...this.input.files]
    this.input.value = ''
    for (const file of files) this.add(file)
  }

  async add(file) {
    const photo = this.make(URL.createObjectURL(file))
    const key = uuid()
    const work = shrink(file).then(blob => this.send(photo, blob, key))
    this.under.add(work)
    await work
    this.under.delete(work)
  }

  async send(photo, blob, key) {
    const bar = photo.querySelector('progress')
    photo.classList.add('uploading')
    photo.querySelector('.refusal')?.remove()
    try {
      const {id} = await upload(blob, this.dataset.purpose, key, share => { if (bar) bar.value = share })
      const hidden = Object.assign(document.createElement('input'), {type: 'hidden', name: this.getAttribute('name'), value: id})
      photo.append(hidden)
      photo.classList.remove('uploading')
      bar?.remove()
      this.dispatchEvent(new Event('change', {bubbles: true}))
    } catch (refused) {
      if (refused.passing) return this.again(photo, blob, key)
      photo.classList.remove('uploading')
      bar?.remove()
      const output = Object.assign(document.createElement('output'), {className: 'refusal', textContent: refused.message || '!'})
      output.setAttribute('role', 'alert')
      photo.append(output)
    }
  }

  again(photo, blob, key) { // the network is gone: when it is back, or in a while
    return new Promise(resolve => {
      const go = () => { clearTimeout(timer); removeEventListener('online', go); resolve(photo.isConnected ? this.send(photo, blob, key) : null) }
      const timer = setTimeout(go, 8_000)
      addEventListener('online', go)
    })
  }

  make(url) {
    const photo = this.querySelector('template').content.firstElementChild.cloneNode(true)
    photo.querySelector('img').src = url
    this.input.closest('label').before(photo)
    return photo
  }
})
