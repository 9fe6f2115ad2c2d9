// <courier-steps data-name data-kept> around a courier's forms: a tap is written down with its true time first and sent
// when there is a network, in order, each with a key of its own, so that it counts once.
import {announce} from 'lib/announce'
import {get, put, remove} from 'lib/db'
import {Refused, post} from 'lib/http'
import {uuid} from 'lib/identity'
import {shrink} from 'lib/photos'

const AGAIN = 15_000

customElements.define('courier-steps', class extends HTMLElement {
  connectedCallback() {
    this.place = `courier-${this.dataset.name}`
    this.addEventListener('submit', event => this.keep(event))
    this.addEventListener('change', ({target}) => target.closest('.photo-add')?.classList.toggle('chosen', !!target.files?.length))
    this.wake = () => this.flush()
    window.addEventListener('online', this.wake)
    this.timer = setInterval(this.wake, AGAIN)
    this.flush()
  }

  disconnectedCallback() {
    window.removeEventListener('online', this.wake)
    clearInterval(this.timer)
  }

  async keep(event) {
    event.preventDefault()
    const form = event.target
    if (form.getAttribute('aria-busy') === 'true') return
    this.mark(form, true)
    form.elements.at.value = new Date().toISOString()
    const fields = []
    for (const [name, value] of new FormData(form)) {
      if (!(value instanceof File)) fields.push([name, value])
      else if (value.size) fields.push([name, await shrink(value)])
    }
    const steps = await this.kept()
    await this.write([...steps, {url: form.action, key: uuid(), fields}])
    this.flush()
  }

  async kept() {
    return (await get('drafts', this.place))?.steps ?? []
  }

  write(steps) {
    return steps.length ? put('drafts', {thread: this.place, steps}) : remove('drafts', this.place)
  }

  async flush() {
    if (this.sending) return
    this.sending = true
    try {
      let step, sent = 0
      while ([step] = await this.kept(), step) {
        await this.send(step)
        await this.write((await this.kept()).filter(({key}) => key !== step.key))
        sent += 1
      }
      if (sent) location.reload()
    } catch (refused) {
      if (!(refused instanceof Refused)) throw refused
      await this.refuse(refused)
    } finally {
      this.sending = false
    }
  }

  send({url, key, fields}) {
    const body = new FormData()
    for (const [name, value] of fields) body.append(name, value, ...(value instanceof Blob ? ['photo.jpg'] : []))
    return post(url, body, key)
  }

  async refuse(refused) {
    const [step, ...later] = await this.kept()
    const form = [...this.querySelectorAll('form')].find(one => one.action === step.url &&
      step.fields.every(([name, value]) => name !== 'status' || one.elements.status?.value === value))
    if (refused.passing) {
      this.mark(form, true)
      return this.say(form, this.dataset.kept)
    }
    await this.write(later)
    this.mark(form, false)
    this.say(form, refused.message)
  }

  mark(form, on) {
    form?.toggleAttribute('data-kept', on)
    on ? form?.setAttribute('aria-busy', 'true') : form?.removeAttribute('aria-busy')
  }

  say(form, words) {
    const output = (form ?? this).querySelector('output')
    if (output) output.textContent = words
    output?.scrollIntoView({block: 'nearest'})
    announce(words)
  }
})
