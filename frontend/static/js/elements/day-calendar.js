// <day-calendar data-for="until" data-today="2026-05-01" data-first? data-counts?> (templates/parts/calendar.html): a month
// on which the day of a field is seen, and tapped. Days are UTC midnights, so that no hour of summer moves one.
const DAY = 86_400_000
const at = text => Date.parse(`${text}T00:00:00Z`)
const iso = day => new Date(day).toISOString().slice(0, 10)

customElements.define('day-calendar', class extends HTMLElement {
  connectedCallback() {
    if (this.input) return
    this.input = this.closest('form').elements[this.dataset.for]
    this.today = at(this.dataset.today)
    this.first = this.dataset.first ? at(this.dataset.first) : this.today + DAY
    const lang = document.documentElement.lang
    this.lang = lang === 'ar' ? 'ar-MA-u-nu-latn' : lang
    this.start = new Intl.Locale(lang === 'ar' ? 'ar-MA' : lang).language === 'en' ? 0 : 1 // Sunday or Monday
    this.hidden = false
    this.addEventListener('click', ({target}) => {
      const turn = target.closest('[data-turn]'), day = target.closest('[data-day]')
      if (turn) this.turn(Number(turn.dataset.turn))
      if (day) this.choose(at(day.dataset.day))
    })
    for (const name of ['input', 'change']) this.input.addEventListener(name, () => this.show())
    this.show()
  }

  get chosen() {
    const {value} = this.input
    if ('counts' in this.dataset) return Number(value) > 0 ? this.today + Math.round(Number(value)) * DAY : NaN
    return at(value)
  }

  choose(day) {
    this.input.value = 'counts' in this.dataset ? Math.round((day - this.today) / DAY) : iso(day)
    for (const name of ['input', 'change']) this.input.dispatchEvent(new Event(name, {bubbles: true}))
    this.querySelector(`[data-day="${iso(day)}"]`)?.focus({preventScroll: true})
  }

  show() {
    if (this.year && this.shown === this.input.value) return // a finger is on a day: the field that it leaves has said all
    this.shown = this.input.value
    const day = new Date(isNaN(this.chosen) ? Math.max(this.first, this.today) : this.chosen)
    this.draw(day.getUTCFullYear(), day.getUTCMonth())
  }

  turn(by) {
    this.draw(this.year, this.month + by)
  }

  draw(year, month) {
    const first = new Date(Date.UTC(year, month, 1))
    this.year = first.getUTCFullYear()
    this.month = first.getUTCMonth()
    const words = options => new Intl.DateTimeFormat(this.lang, {timeZone: 'UTC', ...options})
    const chosen = this.chosen
    this.querySelector('.calendar-head b').textContent = words({month: 'long', year: 'numeric'}).format(first)
    this.querySelector('.calendar-said').hidden = isNaN(chosen)
    if (!isNaN(chosen)) this.querySelector('.calendar-said b').textContent = words({weekday: 'long', day: 'numeric', month: 'long', year: 'numeric'}).format(chosen)
    const short = words({weekday: 'narrow'}), sunday = Date.UTC(2024, 0, 7)
    this.querySelector('.calendar-week').replaceChildren(...Array.from({length: 7}, (_, nth) =>
      Object.assign(document.createElement('span'), {textContent: short.format(sunday + (nth + this.start) * DAY)})))
    const many = new Date(Date.UTC(this.year, this.month + 1, 0)).getUTCDate()
    const days = Array.from({length: many}, (_, nth) => this.day(Date.UTC(this.year, this.month, nth + 1), words({dateStyle: 'full'}), chosen))
    days[0].style.gridColumnStart = (first.getUTCDay() - this.start + 7) % 7 + 1
    this.querySelector('.calendar-days').replaceChildren(...days)
    this.querySelector('[data-turn="-1"]').disabled = first <= this.first
  }

  day(day, whole, chosen) {
    const button = Object.assign(document.createElement('button'), {type: 'button', textContent: new Date(day).getUTCDate(), disabled: day < this.first})
    button.dataset.day = iso(day)
    button.setAttribute('aria-label', whole.format(day))
    button.setAttribute('aria-pressed', String(day === chosen))
    if (day === this.today) button.dataset.now = ''
    if (day > this.today && day < chosen) button.dataset.between = ''
    return button
  }
})
