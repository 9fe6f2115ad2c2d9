// A shipment's card in a conversation: one element, which stands where its newest event on this page is. Its other events keep
// nothing but their number.
import {refresh} from 'lib/part'

export const travels = event => event.kind.startsWith('shipment.')

/** Where an event that the socket brought stands; `settle` brings the card there. */
export function place({seq, kind, data}) {
  const article = Object.assign(document.createElement('article'), {className: 'event event-shipment', id: `e${seq}`, hidden: true})
  Object.assign(article.dataset, {seq, kind, shipment: data.shipment})
  return article
}

/** Each card to its shipment's last event, one a shipment; one that is not here yet is asked for. */
export function settle(list) {
  const articles = [...list.querySelectorAll('.event[data-shipment]')]
  const last = new Map(articles.map(article => [article.dataset.shipment, article]))
  for (const article of articles) {
    const now = last.get(article.dataset.shipment), card = cardOf(article)
    article.hidden = article !== now
    if (!card || article === now) continue
    cardOf(now) ? card.remove() : move(card, now)
  }
  for (const [shipment, article] of last) if (!cardOf(article)) article.append(asked(shipment))
}

/** Something happened to a shipment: its card looks again, once for all that comes in one breath. */
export function renew(list, shipment) {
  for (const article of list.querySelectorAll(`.event[data-shipment="${CSS.escape(shipment)}"]`)) {
    const card = cardOf(article)
    if (card) refresh(card)
  }
}

const cardOf = article => article.querySelector(':scope > live-part')

function move(card, article) {
  article.moveBefore ? article.moveBefore(card, null) : article.append(card) // moved so, it keeps its focus and what is open
}

function asked(shipment) {
  const card = document.createElement('live-part')
  Object.assign(card.dataset, {src: `/shipments/${shipment}/card`, topic: `card:${shipment}`})
  refresh(card)
  return card
}
