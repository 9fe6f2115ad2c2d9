// <earlier-link data-from><a href="..?before=SEQ"></earlier-link> above a .log: the page before this one is put on top, by
// a tap or by scrolling up to it, until the event after data-from stands there.
import {html} from 'lib/http'

customElements.define('earlier-link', class extends HTMLElement {
  connectedCallback() {
    if (this.watch) return
    this.addEventListener('click', event => { event.preventDefault(); this.fetch() })
    this.watch = new IntersectionObserver(([seen]) => seen.isIntersecting && this.fetch(), {root: this.closest('.log-box')})
    this.watch.observe(this)
  }

  async fetch() {
    const link = this.querySelector('a')
    const log = this.parentElement.querySelector('.log')
    if (!link || link.hasAttribute('aria-busy')) return
    link.setAttribute('aria-busy', 'true')
    try {
      const page = await html(link.href)
      const first = +log.querySelector('.event[data-seq]')?.dataset.seq || Infinity
      const events = [...page.querySelectorAll('.event')].filter(one => +one.dataset.seq < first)
      if (!events.length) return this.remove()
      log.prepend(...events)
      this.dispatchEvent(new CustomEvent('hub:earlier', {bubbles: true}))
      const top = +events[0].dataset.seq
      if (top <= +this.dataset.from + 1) return this.remove()
      link.href = link.href.replace(/before=\d+/, `before=${top}`)
      link.removeAttribute('aria-busy')
      this.watch.unobserve(this) // and look again: one page may not fill the screen
      this.watch.observe(this)
    } catch {
      setTimeout(() => link.removeAttribute('aria-busy'), 2_000)
    }
  }
})
