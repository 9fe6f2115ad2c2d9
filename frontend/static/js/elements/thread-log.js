// <thread-log data-thread data-head data-got data-read data-others="ids" data-word-*>: the timeline. Draws what the
// socket brings, once and in order, and what still waits in the outbox behind it.
import {draw, drawable, fromEvent, group, move, number} from 'lib/message'
import {html} from 'lib/http'
import {person} from 'lib/identity'
import {place as placed, renew, settle, travels} from 'lib/journey'
import {Pending} from 'lib/pending'
import {Scroll} from 'lib/scroll'
import {socket} from 'lib/socket'
import {upgrade} from 'lib/upgrade'

const ABOUT_ANOTHER = new Set(['translated', 'edited', 'removed'])

customElements.define('thread-log', class extends HTMLElement {
  connectedCallback() {
    if (this.list) return
    this.thread = this.dataset.thread
    this.newest = +this.dataset.head
    this.list = this.querySelector('.log')
    this.scroll = new Scroll(this.querySelector('.log-box'), this.querySelector('.log-newer'))
    this.pending = new Pending(this)
    this.hear('event', event => this.add(event))
    this.hear('outbox', record => this.pending.show(record))
    this.hear('receipt', receipt => this.ticks(receipt))
    this.hear('reset', () => this.reload())
    this.hear('synced', () => this.mend())
    this.addEventListener('hub:bottom', () => this.attend())
    this.addEventListener('hub:earlier', () => settle(this.list))
    for (const name of ['visibilitychange', 'focus']) window.addEventListener(name, () => this.attend(), true)
    for (const article of this.list.querySelectorAll('[data-own]')) move(article, article.dataset.state)
    socket.follow(this.thread, this.newest)
    this.attend()
    this.pending.settle()
  }

  hear(name, act) {
    document.addEventListener(`hub:${name}`, ({detail}) => {
      if (!detail.thread || detail.thread === this.thread) act(detail)
    })
  }

  find(seq) { return this.list.querySelector(`[data-seq="${+seq}"]`) }
  ofClient(cid) { return cid && this.list.querySelector(`[data-cid="${CSS.escape(cid)}"]`) }

  // -- what comes

  add(event) {
    this.newest = event.seq
    if (ABOUT_ANOTHER.has(event.kind)) this.redraw(this.find(event.data.seq))
    else this.scroll.keep(() => this.place(event))
    if (travels(event)) renew(this.list, event.data.shipment)
    this.attend()
  }

  place(event) {
    const mine = this.ofClient(event.cid)
    if (mine) number(mine, event.seq, event.data.media)
    const article = mine || this.find(event.seq) || this.make(event)
    const waiting = this.pending.articles[0]
    if (waiting || !mine) this.list.insertBefore(article, waiting ?? null)
    if (article.hasAttribute('data-own')) move(article, this.reached(event.seq))
    group(article)
    if (travels(event)) settle(this.list)
  }

  make(event) {
    if (travels(event)) return placed(event)
    if (drawable(event)) return draw(fromEvent(event, person()))
    const place = Object.assign(document.createElement('article'), {className: 'event event-coming', id: `e${event.seq}`})
    Object.assign(place.dataset, {seq: event.seq, kind: event.kind})
    this.redraw(place)
    return place
  }

  /** Put the server's own drawing of it in its place: for this reader, in their language. */
  async redraw(article) {
    if (!article) return
    article.dataset.stale = ''
    try {
      const page = await html(`/threads/${this.thread}/events/${article.dataset.seq}`)
      const fresh = page.querySelector('.event')
      if (!fresh) return
      this.scroll.keep(() => article.replaceWith(fresh))
      if (fresh.hasAttribute('data-own')) move(fresh, fresh.dataset.state)
      group(fresh)
    } catch {} // still marked stale: `mend` asks again when the line is back
  }

  /** The line is back. */
  mend() {
    for (const article of this.list.querySelectorAll('[data-stale]')) this.redraw(article)
    this.pending.settle()
  }

  // -- how far it reached the others, and how far this reader came

  reached(seq) {
    return seq <= +this.dataset.read ? 'read' : seq <= +this.dataset.got ? 'delivered' : 'sent'
  }

  ticks({person: other, got, read}) {
    if (!this.dataset.others.split(' ').includes(other)) return
    this.dataset.got = Math.max(+this.dataset.got, got || 0, read || 0)
    this.dataset.read = Math.max(+this.dataset.read, read || 0)
    for (const article of this.list.querySelectorAll('[data-own][data-seq]')) move(article, this.reached(+article.dataset.seq))
  }

  /** Read is only what is really in front of somebody. */
  attend() {
    const visible = document.visibilityState === 'visible'
    socket.focus(visible ? this.thread : null)
    if (visible && document.hasFocus() && this.scroll.atBottom) socket.read(this.thread, this.newest)
  }

  /** The copy on this page was wrong: take the server's, keep what waits. */
  async reload() {
    const asked = this.asked = {}
    const page = await html(location.pathname).catch(refused => refused.status === 404 && location.assign('/threads'))
    if (asked !== this.asked) return // another reset came: its answer counts
    const fresh = page?.querySelector('thread-log')
    if (!fresh) return setTimeout(() => this.reload(), 5_000)
    this.list.replaceChildren(...fresh.querySelector('.log').children)
    Object.assign(this.dataset, fresh.dataset)
    this.newest = +fresh.dataset.head
    upgrade(this)
    socket.follow(this.thread, this.newest)
    this.attend()
    this.pending.settle()
  }
})
