// <thread-composer data-thread data-lang?>: a form with .composer-words, a file input and .composer-photos.
// What is typed or chosen is kept on the phone until it is in the outbox, and is the same in all tabs.
import * as db from 'lib/db'
import {outbox} from 'lib/outbox'
import {preview, shrink} from 'lib/photos'
import * as slate from 'lib/slate'
import {socket} from 'lib/socket'
import {others} from 'lib/tabs'

const TYPING_EVERY = 3_000
const PHOTOS = 10 // in one message; the others stay, for the next tap

customElements.define('thread-composer', class extends HTMLElement {
  connectedCallback() {
    if (this.form) return
    this.thread = this.dataset.thread
    this.form = this.querySelector('form')
    this.words = this.querySelector('.composer-words')
    this.shelf = this.querySelector('.composer-photos')
    this.sample = this.shelf.querySelector('template').content.firstElementChild
    this.photos = []
    this.sending = {words: 0, photos: 0} // messages that are not in the outbox yet
    this.at = 0 // when this draft was changed last, in whichever tab
    this.form.addEventListener('submit', event => { event.preventDefault(); this.send() })
    const input = this.querySelector('[type=file]')
    input.addEventListener('change', () => this.choose(input))
    this.words.addEventListener('input', () => this.typed())
    this.words.addEventListener('keydown', event => this.enter(event))
    this.hear('edit', ({cid}) => outbox().take(cid, refused => this.edit(refused)))
    this.hear('draft', draft => draft.at > this.at && this.show(draft)) // what was typed here since is newer
    addEventListener('pagehide', () => this.leave())
    this.restore().finally(() => input.files.length && this.choose(input)) // before this module was there; a kept draft is older
  }

  hear(name, act) {
    document.addEventListener(`hub:${name}`, ({detail}) => detail.thread === this.thread && act(detail))
  }

  async send() {
    if (this.choosing) await this.choosing // what was chosen belongs to it
    const body = this.words.value.trim(), photos = this.photos.slice(0, PHOTOS), rest = this.photos.slice(PHOTOS)
    if (!body && !photos.length) return this.words.focus()
    const lang = this.form.elements.lang?.value || this.dataset.lang || undefined
    this.show({words: '', photos: rest, at: Date.now()}) // at once: a second tap sends no double; the draft goes when it is in the outbox
    this.stopTyping()
    this.words.focus()
    const sort = photos.length ? 'photos' : 'words'
    this.sending[sort]++
    await outbox().add({thread: this.thread, kind: photos.length ? 'photo' : 'text', body, photos, lang, rest: rest.length > 0})
    this.sending[sort]--
    this.keep()
  }

  // -- words

  typed() {
    this.changed()
    this.fit()
    if (!this.words.value.trim()) return this.stopTyping()
    if (Date.now() - (this.typedAt || 0) < TYPING_EVERY) return
    this.typedAt = Date.now()
    socket.typing(this.thread, true)
  }

  stopTyping() {
    if (this.typedAt) socket.typing(this.thread, false)
    this.typedAt = 0
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

  choose(input) {
    const files = [...input.files]
    input.value = ''
    const mine = this.choosing = this.take(files, this.choosing).finally(() => { if (this.choosing === mine) this.choosing = null })
  }

  async take(files, before) { // one after the other, each shown as soon as it is ready: shrinking is slow on a small phone
    await before
    for (const file of files) {
      const photo = await shrink(file)
      this.photos = [...this.photos, photo] // those of now: a draft may have come from another tab meanwhile
      this.drawPhotos()
      this.changed()
    }
    this.words.focus()
  }

  drawPhotos() {
    this.shelf.querySelectorAll('.photo').forEach(one => one.remove())
    this.photos.forEach((photo, i) => {
      const one = this.sample.cloneNode(true)
      preview(one.querySelector('img'), photo)
      one.querySelector('button').addEventListener('click', () => {
        this.photos.splice(i, 1)
        this.drawPhotos()
        this.changed()
      })
      this.shelf.append(one)
    })
    this.shelf.hidden = !this.photos.length
  }

  // -- the draft

  get draft() { return {thread: this.thread, words: this.words.value, photos: this.photos, at: this.at} }

  show({words, photos, at}) {
    this.words.value = words
    this.photos = photos
    this.at = at
    this.drawPhotos()
    this.fit()
  }

  changed() {
    this.at = Date.now()
    this.keep()
  }

  /** Written down as it is typed; while one is being written, the newest waits, and no other. */
  async keep() {
    if (this.keeping) return this.again = true
    this.keeping = true
    do {
      this.again = false
      const draft = this.draft
      await (draft.words || draft.photos.length ? db.put('drafts', draft) : db.remove('drafts', this.thread))
      others('draft', draft)
    } while (this.again)
    this.keeping = false
  }

  /** The page goes before the store knows what stands here; a message with photos stays a draft until it does. */
  leave() {
    if (this.sending.photos || !this.keeping && !this.sending.words) return
    slate.note('draft', this.thread, {...this.draft, photos: []})
  }

  async restore() {
    await outbox().ready
    const kept = await db.get('drafts', this.thread)
    const left = slate.notes('draft').find(draft => draft.thread === this.thread && draft.at > (kept?.at ?? 0))
    slate.erase('draft', this.thread)
    const typed = this.words.value // before this module was there, or put back by the browser
    if (left || kept) this.show(joined({photos: [], ...kept, words: (left ?? kept).words}, this.draft))
    if (left || typed) this.keep()
  }

  edit(refused) { // a message that was refused comes back; the draft that is kept instead of it
    this.show(joined(this.draft, {words: refused.body, photos: refused.photos.map(photo => photo.blob)}))
    this.words.focus()
    others('draft', this.draft)
    return this.draft
  }
})

const joined = (one, other) => ({words: both(one.words, other.words), photos: [...one.photos, ...other.photos], at: Date.now()})
const both = (one, other) => one.includes(other) ? one : other.includes(one) ? other : `${one}\n${other}`
