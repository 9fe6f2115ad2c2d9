// <parcel-list> around a <fieldset class="parcel">, a <template> of another one, and [data-add]: as many parcels as there are.
const MOST = 50

customElements.define('parcel-list', class extends HTMLElement {
  connectedCallback() {
    this.add = this.querySelector('[data-add]')
    this.sample = this.querySelector('template').content.firstElementChild
    this.add.hidden = false
    this.addEventListener('click', ({target}) => {
      if (target.closest('[data-add]')) this.grow()
      else if (target.closest('[data-remove]')) this.shrink(target.closest('.parcel'))
    })
  }

  get parcels() { return [...this.querySelectorAll(':scope > .parcel')] }

  grow() {
    const parcel = this.sample.cloneNode(true)
    this.add.before(parcel)
    this.renumber()
    parcel.querySelector('input').focus()
  }

  shrink(parcel) {
    parcel.remove()
    this.renumber()
    this.add.focus()
  }

  renumber() {
    const {parcels} = this
    parcels.forEach((parcel, at) => {
      parcel.querySelector('[data-number]').textContent = at + 1
      parcel.querySelector('[data-remove]').hidden = parcels.length < 2
      for (const one of parcel.querySelectorAll('*')) {
        for (const name of ['id', 'name', 'for', 'data-error', 'aria-describedby']) {
          const value = one.getAttribute(name)
          if (value) one.setAttribute(name, value.replace(/^parcels\.\d+\./, `parcels.${at}.`))
        }
      }
    })
    this.add.hidden = parcels.length >= MOST
  }
})
