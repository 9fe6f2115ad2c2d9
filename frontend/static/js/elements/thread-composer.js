// <thread-composer data-thread data-lang?>: a form with .composer-words, a file input and .composer-photos.
// What is typed or chosen is kept on the phone until it is in the outbox.
import * as db from 'lib/db'
import {person} from 'lib/identity'
import {outbox} from 'lib/outbox'
import {shrink} from 'lib/photos'
import {socket} from 'lib/socket'

const TYPING_EVERY = 3_000

customElements.define('thread-composer', class extends HTMLElement {
  async connectedCallback() {
    if (this.form) return
    this.form = this.querySelector('form')
    this.words = this.querySelector('.composer-words')
    this.shelf = this.querySelector('.composer-photos')
    this.sample = this.shelf.querySelector('template').content.firstElementChild
    this.photos = []
    this.key = `anou-draft-${person()}-${this.dataset.thread}`
    this.form.addEventListener('submit', event => { event.preventDefault(); this.send() })
    this.querySelector('[type=file]').addEventListener('change', event => this.choose(event.target))
    this.words.addEventListener('input', () => this.typed())
    this.words.addEventListener('keydown', event => this.enter(event))
    document.addEventListener('hub:edit', ({detail}) => detail.thread === this.dataset.thread && this.edit(detail))
    this.restore()
  }

  async send() {
    const body = this.words.value.trim()
    const photos = this.photos
    if (!body && !photos.length) return this.words.focus()
    const lang = this.form.elements.lang?.value || this.dataset.lang || undefined
    this.photos = []
    this.words.value = '' // at once: a second tap sends nothing; the draft is let go of when it is in the outbox
    this.drawPhotos()
    this.stopTyping()
    this.words.focus()
    await outbox().add({thread: this.dataset.thread, kind: photos.length ? 'photo' : 'text', body, photos, lang})
    this.keep()
  }

  // -- words

  typed() {
    this.keepWords()
    this.fit()
    if (!this.words.value.trim()) return this.stopTyping()
    if (Date.now() - (this.typedAt || 0) < TYPING_EVERY) return
    this.typedAt = Date.now()
    socket.typing(this.dataset.thread, true)
  }

  stopTyping() {
    if (this.typedAt) socket.typing(this.dataset.thread, false)
    this.typedAt = 0
    this.fit()
  }

  enter(event) { // a keyboard sends with Enter; a thumb has the button
    if (event.key !== 'Enter' || event.shiftKey || event.isComposing || !matchMedia('(pointer: fine)').matches) return
    event.preventDefault()
    this.form.requestSubmit()
  }

  fit() { // for browsers that don't know field-sizing
    if (CSS.supports('field-sizing', 'content')) return
    this.words.style.blockSize = 'auto'
    this.words.style.blockSize = `${this.words.scrollHeight}px`
  }

  // -- photos

  async choose(input) {
    const files = [...input.files]
    input.value = ''
    for (const file of files) this.photos.push(await shrink(file))
    this.drawPhotos()
    this.keep()
    this.words.focus()
  }

  drawPhotos() {
    this.shelf.querySelectorAll('.photo').forEach(one => one.remove())
    this.photos.forEach((photo, i) => {
      const preview = this.sample.cloneNode(true)
      preview.querySelector('img').src = URL.createObjectURL(photo)
      preview.querySelector('button').addEventListener('click', () => {
        this.photos.splice(i, 1)
        this.drawPhotos()
        this.keep()
      })
      this.shelf.append(preview)
    })
    this.shelf.hidden = !this.photos.length
  }

  // -- drafts: words at once, photos in the database

  keepWords() {
    try {
      this.words.value ? localStorage.setItem(this.key, this.words.value) : localStorage.removeItem(this.key)
    } catch {} // no storage: the words stay in the field
  }

  async keep() {
    this.keepWords()
    const draft = {thread: this.dataset.thread, photos: this.photos}
    await (this.photos.length ? db.put('drafts', draft) : db.remove('drafts', draft.thread)).catch(() => {})
  }

  async restore() {
    try {
      this.words.value ||= localStorage.getItem(this.key) || ''
    } catch {}
    this.photos = (await db.get('drafts', this.dataset.thread).catch(() => null))?.photos || []
    this.drawPhotos()
    this.fit()
  }

  edit({body, photos}) { // a refused message comes back
    this.words.value = [this.words.value, body].filter(Boolean).join('\n')
    this.photos.push(...photos.map(photo => photo.blob))
    this.drawPhotos()
    this.keep()
    this.words.focus()
  }
})
