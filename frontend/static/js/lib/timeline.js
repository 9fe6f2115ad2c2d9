// One thread's numbers: applies only last + 1, holds what came early, drops what came twice. Pure.

export const MOST = 500 // held at most; what is let go of is fetched again

export class Timeline {
  last = null // null: the local copy was forgotten; everything is held until it is known again
  #held = new Map()
  #top = 0 // the highest number heard of

  constructor(last = null) { this.last = last }

  /** The events that may be applied now, in order; [] when this one must wait for an earlier one or was seen. */
  take(event) {
    this.reach(event.seq)
    if (this.last !== null && event.seq <= this.last) return []
    if (this.#held.size >= MOST) this.#held.clear()
    this.#held.set(event.seq, event)
    return this.#ready()
  }

  /** The local copy now reaches `last`; returns what had been held just behind it. */
  begin(last) {
    this.last = Math.max(last, this.last ?? 0)
    return this.#ready()
  }

  /** The log is said to go as far as `head`. */
  reach(head) { this.#top = Math.max(this.#top, head) }

  /** The log itself has nothing behind `last`: whatever was said. */
  end() { this.#top = this.last }

  forget() {
    this.last = null
    this.#top = 0
    this.#held.clear()
  }

  /** Something is known to be there, but what comes next is not here. */
  get gap() { return this.last !== null && this.#top > this.last }

  #ready() {
    if (this.last === null) return []
    const ready = []
    while (this.#held.has(this.last + 1)) {
      ready.push(this.#held.get(++this.last))
      this.#held.delete(this.last)
    }
    for (const seq of this.#held.keys()) if (seq <= this.last) this.#held.delete(seq)
    return ready
  }
}
