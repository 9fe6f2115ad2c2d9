// <inbox-list data-src>: rows [data-thread] with a .badge.count and marks for what waits in the outbox; a thread that
// moves goes to the top at once, its words follow.
import {person} from 'lib/identity'
import {outbox} from 'lib/outbox'
import {refresh} from 'lib/part'

customElements.define('inbox-list', class extends HTMLElement {
  connectedCallback() {
    if (this.ready) return
    this.ready = true
    const hear = (name, act) => document.addEventListener(`hub:${name}`, ({detail}) => act(detail))
    hear('head', head => this.moved(head))
    hear('event', event => this.moved({...event, head: event.seq}))
    hear('receipt', receipt => this.read(receipt))
    hear('hint', ({topic}) => topic === 'inbox' && refresh(this))
    hear('reset', () => refresh(this))
    hear('outbox', () => this.waits())
    hear('synced', () => this.waits())
    this.addEventListener('hub:drawn', () => this.waits())
    this.waits()
  }

  row(thread) { return this.querySelector(`[data-thread="${CSS.escape(thread)}"]`) }

  moved({thread, head, unread, by}) {
    const row = this.row(thread)
    const further = !row || head > +row.dataset.head
    if (row && unread !== undefined) this.count(row, unread)
    else if (row && further && by !== person()) this.count(row, +row.dataset.unread + 1)
    if (!further) return
    if (row) {
      row.dataset.head = head
      row.parentElement.prepend(row)
    }
    refresh(this)
  }

  /** Read in another tab, or on another device. */
  read({thread, person: reader, read}) {
    const row = reader === person() && this.row(thread)
    if (row && read >= +row.dataset.head) this.count(row, 0)
  }

  count(row, unread) {
    row.dataset.unread = unread
    const badge = row.querySelector('.badge.count')
    if (badge) badge.textContent = unread || ''
  }

  /** What this person wrote there, and what has not left or was refused. */
  async waits() {
    const records = await outbox().list()
    for (const row of this.querySelectorAll('[data-thread]')) {
      for (const state of ['waiting', 'refused']) {
        const many = records.filter(record => record.thread === row.dataset.thread && record.state === state).length
        const mark = row.querySelector(`[data-outbox="${state}"]`)
        if (!mark) continue
        mark.hidden = !many
        mark.querySelector('b').textContent = many
      }
    }
  }
})
