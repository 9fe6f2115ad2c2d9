// One thread's numbers: applies only last + 1, holds what came early, drops what came twice. Pure.

export class Timeline {
  last = null // null: the local copy was forgotten; everything is held until it is known again
  #held = new Map()

  constructor(last = null) { this.last = last }

  /** The events that may be applied now, in order; [] when this one must wait for an earlier one or was seen. */
  take(event) {
    if (this.last === null || event.seq > this.last) this.#held.set(event.seq, event)
    return this.#ready()
  }

  /** The local copy now reaches `last`; returns what had been held just behind it. */
  begin(last) {
    this.last = Math.max(last, this.last ?? 0)
    return this.#ready()
  }

  forget() {
    this.last = null
    this.#held.clear()
  }

  /** Something came, but the one before it did not. */
  get gap() { return this.last !== null && this.#held.size > 0 }

  #ready() {
    if (this.last === null) return []
    const ready = []
    for (const seq of this.#held.keys()) if (seq <= this.last) this.#held.delete(seq)
    while (this.#held.has(this.last + 1)) {
      ready.push(this.#held.get(++this.last))
      this.#held.delete(this.last)
    }
    return ready
  }
}
