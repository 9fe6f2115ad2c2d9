// <number-stepper class="stepper">: buttons [data-step="-10"] change the number in the input; held down, they go on.
customElements.define('number-stepper', class extends HTMLElement {
  connectedCallback() {
    this.input ||= this.querySelector('input')
    this.addEventListener('pointerdown', event => this.hold(event))
    this.addEventListener('click', event => { // the keyboard; a pointer has already stepped
      const button = event.target.closest('[data-step]')
      if (button && event.detail === 0) this.step(+button.dataset.step)
    })
    for (const name of ['pointerup', 'pointercancel', 'pointerleave']) this.addEventListener(name, () => this.release())
  }

  disconnectedCallback() { this.release() }

  hold(event) {
    const button = event.target.closest('[data-step]')
    if (!button || event.button) return
    const go = () => {
      this.step(+button.dataset.step)
      this.timer = setTimeout(go, this.pause = Math.max(40, this.pause * .85))
    }
    this.step(+button.dataset.step)
    this.pause = 200
    this.timer = setTimeout(go, 500)
  }

  release() { clearTimeout(this.timer) }

  step(by) {
    const {input} = this
    const low = input.min === '' ? -Infinity : +input.min
    const high = input.max === '' ? Infinity : +input.max
    const now = parseFloat(input.value.replace(',', '.')) || 0
    const next = by > 0 ? Math.floor(now / by + 1) * by : Math.ceil(now / -by - 1) * -by // lands on whole steps
    input.value = Math.min(high, Math.max(low, next))
    for (const name of ['input', 'change']) input.dispatchEvent(new Event(name, {bubbles: true}))
  }
})
