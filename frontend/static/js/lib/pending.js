// What waits in the outbox, drawn behind the log until the log has it: each once, in the order in which it was written.
import {draw, fromOutbox, group, move} from 'lib/message'
import {person} from 'lib/identity'
import {outbox} from 'lib/outbox'

export class Pending {
  /** `log`: the <thread-log>: thread, newest, list, ofClient, scroll. */
  constructor(log) {
    this.log = log
    log.addEventListener('click', ({target}) => this.#tap(target))
  }

  get articles() { return this.log.list.querySelectorAll('.event:not([data-seq])') }

  /** As the outbox is now: other tabs, or a page that slept, may have missed what became of it. */
  async settle() {
    const before = [...this.articles] // what is added meanwhile is not in the list
    const records = await outbox().list(this.log.thread)
    const known = new Set(records.map(record => record.cid))
    for (const article of before) {
      if (article.dataset.seq) continue
      const gone = article.dataset.state === 'sent' ? this.#passed(article.dataset.stored) : !known.has(article.dataset.cid)
      if (gone) article.remove()
    }
    for (const record of records) this.show(record)
  }

  show(record) {
    let article = this.log.ofClient(record.cid)
    if (article?.dataset.seq) return
    const sent = record.state === 'sent'
    if (record.state === 'taken' || sent && this.#passed(record.seq)) return article?.remove()
    if (!article && sent) return
    if (sent) article.dataset.stored = record.seq
    else article ||= this.#add(record)
    move(article, record.state, record)
    group(article)
  }

  /** Its event is on the page already, or above what the page shows: it will not come. */
  #passed(seq) { return +seq <= this.log.newest }

  #add(record) {
    const article = draw(fromOutbox(record, person()))
    article.dataset.n = record.n
    const after = [...this.articles].find(other => +other.dataset.n > record.n)
    this.log.list.insertBefore(article, after ?? null)
    this.log.scroll.toBottom()
    return article
  }

  #tap(target) {
    const cid = target.closest('.event')?.dataset.cid
    if (target.closest('[data-retry]')) outbox().retry(cid)
    if (!target.closest('[data-edit]')) return
    target.closest('.message-refused').remove() // a second tap finds nothing
    document.dispatchEvent(new CustomEvent('hub:edit', {detail: {thread: this.log.thread, cid}}))
  }
}
