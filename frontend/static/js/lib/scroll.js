// The log hangs from its end (column-reverse: scrollTop 0 is the end, also before any script). It stays at its end
// when it is there, and otherwise stays where it is being read, with a way down when something new came.

const NEAR = 48

export class Scroll {
  constructor(box, newer) {
    Object.assign(this, {box, newer})
    box.addEventListener('scroll', () => this.#moved(), {passive: true})
    newer.addEventListener('click', () => this.toBottom())
  }

  get atBottom() { return this.box.scrollTop > -NEAR }

  toBottom() {
    this.box.scrollTop = 0
    this.newer.hidden = true
  }

  /** Change what is below: someone reading further up is not moved. Earlier pages need no care: they hang above. */
  keep(change) {
    if (this.atBottom) {
      change()
      return this.toBottom()
    }
    const mark = this.#read()
    const before = mark?.getBoundingClientRect().top
    change()
    const shift = mark ? mark.getBoundingClientRect().top - before : 0
    this.box.scrollTop += shift
    if (shift < 0) this.newer.hidden = false
  }

  /** What stands still: the topmost in sight that is no card which may move away. */
  #read() {
    const {top, bottom} = this.box.getBoundingClientRect()
    return [...this.box.querySelectorAll('.event:not([hidden], [data-shipment])')].find(one => {
      const place = one.getBoundingClientRect()
      return place.bottom > top && place.top < bottom
    })
  }

  #moved() {
    if (!this.atBottom) return
    this.newer.hidden = true
    this.box.dispatchEvent(new CustomEvent('hub:bottom', {bubbles: true}))
  }
}
