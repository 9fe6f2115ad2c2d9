// <read-back> in the form of a quote: the sheet that shows it once more before it is sent. Each [data-row] names the fields
// it is about, [data-value] is filled with one's words, [data-copy] with pictures; with data-marks, what differs from the
// version on the table is marked and stands beside what it was.
import {piece} from 'lib/piece'

customElements.define('read-back', class extends HTMLElement {
  connectedCallback() {
    if (this.form) return
    this.form = this.closest('form')
    this.sheet = this.querySelector('dialog')
    this.first = this.values('media')
    this.form.querySelector('[data-read-back]').addEventListener('click', event => {
      event.preventDefault()
      if (this.form.reportValidity()) this.open()
    })
    this.addEventListener('click', ({target}) => {
      if (target.closest('[data-close]') || target === this.sheet) this.sheet.close()
    })
    this.form.addEventListener('hub:refused', () => this.sheet.close()) // shown on the page; until then a second tap finds the sheet, and nothing under it
  }

  open() {
    this.pieces()
    for (const place of this.querySelectorAll('[data-copy]')) this.copy(place)
    for (const place of this.querySelectorAll('[data-value]')) place.textContent = words(this.fields(place.dataset.value)[0])
    for (const row of this.querySelectorAll('[data-row]')) this.row(row)
    this.sheet.showModal()
    this.sheet.scrollTop = 0
  }

  pieces() {
    const template = this.querySelector('template[data-piece]')
    const items = [...this.form.querySelectorAll('[data-item]')].map(one => one.dataset.item)
    for (const shown of this.querySelectorAll('[data-piece-of]')) if (!items.includes(shown.dataset.pieceOf)) shown.remove()
    for (const at of items) {
      if (this.querySelector(`[data-piece-of="${at}"]`)) continue
      template.before(piece(template, at))
      template.previousElementSibling.toggleAttribute('data-changed', 'marks' in this.dataset)
    }
  }

  fields(name) { return [...this.form.elements].filter(field => field.name === name) }

  values(name) { return this.fields(name).map(field => field.value).join() }

  copy(place) {
    const {copy, at} = place.dataset
    const within = this.form.querySelector(`[data-item="${at}"]`)
    const pictures = {
      size: () => [...within.querySelectorAll('.size-live > svg')],
      colours: () => [...within.querySelectorAll('.wool-pick > :checked')].map(input => wool(input.parentNode)),
      materials: () => [...within.querySelectorAll('.chips :checked')].map(input =>
        Object.assign(document.createElement('span'), {className: 'chip tag', textContent: input.parentNode.textContent.trim()})),
      facts: () => [...within.querySelectorAll('.fact-pair')].map(pair => [...pair.querySelectorAll('input')].map(input => input.value.trim()))
        .filter(pair => pair.every(Boolean)).flatMap(([name, what]) => [fact('dt', name), fact('dd', what)]),
      photos: () => [...this.form.querySelectorAll('photo-field .photo img')],
    }
    place.replaceChildren(...pictures[copy]().map(node => node.isConnected ? node.cloneNode(true) : node))
  }

  row(row) {
    const fields = row.dataset.row.trim().split(' ').flatMap(name => this.fields(name))
    row.hidden = !('always' in row.dataset) && !fields.some(field => field.type === 'checkbox' ? field.checked : field.value)
    const fresh = row.closest('[data-piece-of][data-changed]') // a new piece is marked as a whole
    const moved = 'marks' in this.dataset && !fresh && (fields.some(changed) || (row.dataset.row === 'media' && this.values('media') !== this.first))
    row.toggleAttribute('data-changed', moved)
    if (moved) row.hidden = false
    const was = row.querySelector('del')
    if (was) was.textContent = moved && fields[0] ? before(fields[0]) : ''
  }
})

function fact(tag, textContent) { return Object.assign(document.createElement(tag), {textContent, dir: 'auto'}) }

function words(field) {
  if (field?.type === 'date' && field.value) return day(field.value)
  if (field?.value && field.name.endsWith('_decimal')) return money(field, field.value)
  return field?.localName === 'select' ? (field.value ? field.selectedOptions[0].text : '') : field?.value ?? ''
}

function before(field) {
  if (field.localName === 'select') return [...field.options].find(option => option.defaultSelected)?.text ?? ''
  if (field.defaultValue && field.name.endsWith('_decimal')) return money(field, field.defaultValue)
  return field.type === 'date' && field.defaultValue ? day(field.defaultValue) : field.defaultValue
}

function locale() {
  const {lang} = document.documentElement
  return lang === 'ar' ? 'ar-MA' : lang
}

function day(text) {
  return new Intl.DateTimeFormat(locale(), {dateStyle: 'long', timeZone: 'UTC'}).format(Date.parse(text))
}

function money(field, amount) {
  const {currency, decimals} = field.closest('quote-maker').dataset
  const digits = {minimumFractionDigits: Number(decimals), maximumFractionDigits: Number(decimals)}
  return new Intl.NumberFormat(locale(), {style: 'currency', currency, ...digits, trailingZeroDisplay: 'stripIfInteger'}).format(amount)
}

function changed(field) {
  if (field.type === 'checkbox') return field.checked !== field.defaultChecked
  if (field.localName === 'select') return !field.selectedOptions[0]?.defaultSelected
  return field.type !== 'hidden' && field.value !== field.defaultValue
}

function wool(label) {
  const ball = Object.assign(document.createElement('span'), {className: 'wool'})
  ball.append(...[...label.querySelectorAll('svg, span')].map(part => part.cloneNode(true)))
  return ball
}
