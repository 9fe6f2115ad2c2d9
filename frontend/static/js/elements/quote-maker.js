// <quote-maker data-currency data-decimals data-commission data-mad-rate? data-follows?> around the form of a quote, each piece of it in
// a [data-item][data-base-price data-base-area]:
// who gets what while one types (an estimate; the hub freezes the truth), and a price that follows the size until it is
// written by hand; in a later version it is only proposed.
import {piece} from 'lib/piece'

customElements.define('quote-maker', class extends HTMLElement {
  connectedCallback() {
    if (this.form) return
    this.form = this.querySelector('form')
    const locale = document.documentElement.lang === 'ar' ? 'ar-MA' : document.documentElement.lang
    const {currency, decimals} = this.dataset // those of ISO 4217: browsers show some currencies with fewer
    this.unit = 10 ** decimals
    this.words = (amount, code = currency, places = Number(decimals)) => new Intl.NumberFormat(locale, {
      style: 'currency', currency: code, minimumFractionDigits: amount % 10 ** places ? places : 0, maximumFractionDigits: places,
    }).format(amount / 10 ** places)
    this.form.addEventListener('input', ({target}) => this.typed(target))
    this.form.addEventListener('change', () => this.reckon())
    this.addEventListener('click', ({target}) => {
      if (target.closest('[data-by-size] button')) this.takeBySize(target)
      if (target.closest('[data-add-piece]')) this.addPiece()
      if (target.closest('[data-remove-piece]')) this.removePiece(target.closest('[data-item]'))
    })
    this.byHand = new Set()
    this.reckon()
  }

  typed({name = ''}) {
    const [at, part] = [name.slice(0, name.lastIndexOf('.')), name.slice(name.lastIndexOf('.') + 1)]
    if (part === 'unit_price_decimal') this.byHand.add(at)
    if ('follows' in this.dataset && /^(width|length)_cm$/.test(part) && !this.byHand.has(at) && this.bySize(at)) {
      this.field(`${at}.unit_price_decimal`).value = this.bySize(at) / this.unit
    }
    this.reckon()
  }

  addPiece() {
    const last = Math.max(...[...this.form.querySelectorAll('[data-item]')].map(one => Number(one.dataset.item.split('.')[1])))
    const template = this.querySelector('template[data-piece]')
    template.before(piece(template, `items.${last + 1}`))
    template.previousElementSibling.scrollIntoView({block: 'start'})
    this.reckon()
  }

  removePiece(item) {
    item.remove()
    this.reckon()
  }

  field(name) { return this.form.elements[name] }

  minor(name) { return Math.round((parseFloat(this.field(name)?.value.replace(',', '.')) || 0) * this.unit) }

  items() {
    return [...this.form.querySelectorAll('input[name$=".unit_price_decimal"]')].map(input => input.name.replace('.unit_price_decimal', ''))
  }

  reckon() {
    const goods = this.items().reduce((sum, at) => sum + this.minor(`${at}.unit_price_decimal`) * (Number(this.field(`${at}.quantity`)?.value) || 1), 0)
    const [artisan, cooperative] = shares(goods, Number(this.dataset.commission))
    const shipping = this.minor('shipping_decimal')
    const total = goods + shipping
    const percent = Number(this.field('deposit_percent').value)
    this.show({total, artisan, cooperative, shipping, deposit: Math.round(total * percent / 100)})
    this.querySelectorAll('[data-live]').forEach(part => { part.hidden = !total })
    for (const node of this.querySelectorAll('[data-value]')) node.textContent = this.field(node.dataset.value)?.value ?? ''
    this.proposeBySize()
  }

  show(amounts) {
    for (const [name, amount] of Object.entries(amounts)) {
      for (const node of this.querySelectorAll(`[data-money="${name}"]`)) node.textContent = this.words(amount)
    }
    const part = amount => 1000 * amount / Math.max(amounts.total, 1)
    const starts = {artisan: 0, cooperative: part(amounts.artisan), shipping: part(amounts.artisan + amounts.cooperative)}
    for (const rect of this.querySelectorAll('[data-share]')) {
      rect.setAttribute('x', starts[rect.dataset.share])
      rect.setAttribute('width', part(amounts[rect.dataset.share]))
    }
    if (this.dataset.madRate) this.dirhams(Math.round(amounts.artisan / this.unit * Number(this.dataset.madRate)))
  }

  dirhams(sum) {
    for (const node of this.querySelectorAll('[data-money="mad"]')) node.textContent = this.words(sum * 100, 'MAD', 2)
    for (const notes of this.querySelectorAll('.notes')) {
      let left = sum
      for (const note of notes.querySelectorAll('[data-note]')) {
        const many = Math.floor(left / note.dataset.note)
        left %= note.dataset.note
        note.hidden = !many
        note.querySelector('b').textContent = many
      }
    }
  }

  bySize(at) {
    const area = this.field(`${at}.width_cm`)?.value * this.field(`${at}.length_cm`)?.value
    const {baseArea, basePrice} = this.form.querySelector(`[data-item="${at}"]`).dataset
    return area && baseArea ? Math.round(basePrice * area / baseArea / this.unit) * this.unit : 0
  }

  proposeBySize() {
    this.querySelectorAll('[data-by-size]').forEach(offer => {
      const at = offer.closest('[data-item]').dataset.item, price = this.bySize(at)
      offer.hidden = !price || price === this.minor(`${at}.unit_price_decimal`)
      offer.querySelector('b').textContent = this.words(price)
    })
  }

  takeBySize(button) {
    const at = button.closest('[data-item]').dataset.item
    const input = this.field(`${at}.unit_price_decimal`)
    input.value = this.bySize(at) / this.unit
    for (const name of ['input', 'change']) input.dispatchEvent(new Event(name, {bubbles: true}))
  }
})

/** The artisan's and the cooperative's part of `goods`, by largest remainder, a tie to the artisan: they add up. */
function shares(goods, percent) {
  const exact = [goods * (100 - percent), goods * percent]
  const parts = exact.map(part => Math.floor(part / 100))
  if (parts[0] + parts[1] < goods) parts[exact[0] % 100 >= exact[1] % 100 ? 0 : 1] += 1
  return parts
}
