// Draws one message from the inert template that the server's own macro made, and moves its state.
import {preview} from 'lib/photos'

const RANK = {refused: 0, waiting: 0, sent: 1, delivered: 2, read: 3}

const personOnPage = id => document.querySelector(`[data-people] [data-person="${CSS.escape(id)}"]`)

/** Whether this reader needs nobody to relay it; words in no known language are taken as understood. */
const reads = lang => !lang || document.querySelector('thread-log').dataset.reads.split(' ').includes(lang.split('-')[0])

/** Whether everything needed to draw it stands on this page; else the server's fragment is asked for. */
export const drawable = event => event.kind === 'message' && event.data.kind !== 'voice' && !!personOnPage(event.by)

/** `message`: {seq?, cid?, by, at, body, lang, photos: [{small, large} or {blob}], own}. */
export function draw(message) {
  const article = document.getElementById('message-template').content.firstElementChild.cloneNode(true)
  const one = name => article.querySelector(name)
  const author = personOnPage(message.by)
  article.dataset.by = message.by
  article.dataset.role = author?.dataset.role || ''
  if (message.cid) article.dataset.cid = message.cid
  article.toggleAttribute('data-own', message.own)
  number(article, message.seq)
  one('.message-name').firstElementChild.textContent = author?.dataset.name || ''
  const face = author?.querySelector('.avatar')
  if (face) one('.message-face').replaceChildren(face.cloneNode(true))
  one('.message-face > .avatar')?.classList.add('small')
  const words = one('.message-body')
  words.textContent = message.body || ''
  words.hidden = !message.body
  if (message.lang) words.lang = message.lang
  drawPhotos(one('.message-photos'), message.photos)
  one('relative-time')?.setAttribute('datetime', message.at)
  if (!message.own) one('.ticks')?.remove()
  const waits = one('.message-waits')
  if (waits) waits.hidden = message.own || !message.body || reads(message.lang)
  return article
}

/** What the log says about a message, as `draw` wants it. */
export const fromEvent = (event, me) => ({
  ...event, own: event.by === me, body: event.data.body, lang: event.data.lang,
  photos: (event.data.media || []).map(id => ({small: `/media/${id}/small`, large: `/media/${id}/large`})),
})

/** What waits in the outbox, as `draw` wants it. */
export const fromOutbox = (record, me) => ({
  ...record, by: me, own: true, at: new Date(record.n).toISOString(),
  photos: record.photos,
})

/** The log gave it its number, and its pictures a place at the server. */
export function number(article, seq, media = []) {
  if (!seq) return
  article.querySelectorAll('.message-photos > a').forEach((link, i) => { if (media[i]) link.href = `/media/${media[i]}/large` })
  article.dataset.seq = seq
  article.id = `e${seq}`
  for (const node of article.querySelectorAll('[action*="SEQ"], [href*="SEQ"]')) {
    const name = node.hasAttribute('action') ? 'action' : 'href'
    node.setAttribute(name, node.getAttribute(name).replace('SEQ', seq))
  }
}

/** States only move up, waiting and refused aside; the words for them stand on the log as data-word-*. */
export function move(article, state, {words = '', progress, fleeting} = {}) {
  if (RANK[state] < (RANK[article.dataset.state] ?? 0)) return
  article.dataset.state = state
  const said = article.querySelector('.ticks > span')
  const dictionary = article.closest('thread-log')?.dataset || {}
  const word = fleeting && state === 'waiting' ? 'fleeting' : state
  if (said) said.textContent = dictionary['word' + word[0].toUpperCase() + word.slice(1)] || ''
  const bar = article.querySelector('progress')
  if (bar) bar.hidden = state !== 'waiting' || progress === undefined
  if (bar && progress !== undefined) bar.value = progress
  article.querySelector('.message-refused')?.remove()
  if (state !== 'refused') return
  const refused = document.getElementById('refused-template').content.firstElementChild.cloneNode(true)
  if (words) refused.querySelector('.refusal').textContent = words
  article.querySelector('.message-box').append(refused)
}

/** Two in a row by one person: the second goes without face and name. */
export function group(article) {
  for (const one of [article, article.nextElementSibling]) {
    const before = one?.previousElementSibling?.dataset
    one?.toggleAttribute('data-next', one.dataset.kind === 'message' && before?.kind === 'message' && before.by === one.dataset.by)
  }
}

function drawPhotos(grid, photos = []) {
  const sample = grid.firstElementChild
  grid.hidden = !photos.length
  grid.classList.toggle('one', photos.length === 1)
  grid.replaceChildren(...photos.map(photo => {
    const link = sample.cloneNode(true)
    const picture = link.querySelector('img')
    photo.blob ? preview(picture, photo.blob) : picture.src = photo.small
    photo.large ? link.href = photo.large : link.removeAttribute('href')
    return link
  }))
}
