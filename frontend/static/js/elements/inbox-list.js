// <inbox-list data-src>: rows [data-thread] with a .badge.count; a thread that moves goes to the top at once, its words follow.
import {person} from 'lib/identity'
import {refresh} from 'lib/part'

customElements.define('inbox-list', class extends HTMLElement {
  connectedCallback() {
    if (this.ready) return
    this.ready = true
    document.addEventListener('hub:head', ({detail}) => this.moved(detail))
    document.addEventListener('hub:event', ({detail}) => this.moved({...detail, head: detail.seq}))
    document.addEventListener('hub:hint', ({detail}) => detail.topic === 'inbox' && refresh(this))
  }

  moved({thread, head, unread, by}) {
    const row = this.querySelector(`[data-thread="${CSS.escape(thread)}"]`)
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

  count(row, unread) {
    row.dataset.unread = unread
    const badge = row.querySelector('.badge.count')
    if (badge) badge.textContent = unread || ''
  }
})
