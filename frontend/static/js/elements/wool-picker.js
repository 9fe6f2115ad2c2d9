// <wool-picker> around the swatches: what is tapped first is the main colour and is sent first, though nothing moves.
customElements.define('wool-picker', class extends HTMLElement {
  connectedCallback() {
    this.box ||= this.querySelector('fieldset')
    ;[...this.box.querySelectorAll('label')].forEach((label, nth) => { label.style.order = nth })
    this.addEventListener('input', ({target}) => this.rank(target), true)
  }

  rank(input) {
    if (!input.checked) return
    const last = [...this.box.querySelectorAll(':checked')].filter(other => other !== input).pop()?.closest('label')
    const first = this.box.querySelector('label')
    const label = input.closest('label')
    last ? last.after(label) : first === label || first.before(label)
    input.focus({preventScroll: true})
  }
})
