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

  /** Add at the end: someone reading further up is not moved. Earlier pages need no care: they hang above. */
  keep(add) {
    if (this.atBottom) {
      add()
      return this.toBottom()
    }
    const {scrollHeight, scrollTop} = this.box
    add()
    const grown = this.box.scrollHeight - scrollHeight
    this.box.scrollTop = scrollTop - grown
    if (grown > 0) this.newer.hidden = false
  }

  #moved() {
    if (!this.atBottom) return
    this.newer.hidden = true
    this.box.dispatchEvent(new CustomEvent('hub:bottom', {bubbles: true}))
  }
}
