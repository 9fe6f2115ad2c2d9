// The first module of every page: forms that are verbs, the elements that are on this page, one socket, and what waits to be sent.
import {person} from 'lib/identity'
import {socket} from 'lib/socket'
import {upgrade} from 'lib/upgrade'

const ready = upgrade()
import('elements/verb-form').catch(() => {}) // forms post as they are, then
if (person()) begin()

async function begin() {
  socket.ready = ready
  socket.start() // the line is laid while the elements come
  const wake = () => document.visibilityState === 'visible' && socket.wake()
  for (const name of ['visibilitychange', 'resume']) document.addEventListener(name, wake)
  for (const name of ['focus', 'pageshow']) window.addEventListener(name, wake)
  window.addEventListener('online', () => socket.wake()) // also behind another window: the others see who is here
  window.addEventListener('offline', () => socket.drop())
  window.addEventListener('pagehide', () => socket.drop()) // an open line keeps a page out of the back-forward cache
  document.addEventListener('hub:stranger', () => location.reload())
  document.addEventListener('hub:forget', () => location.replace('/')) // signed out in another tab: nothing of theirs stays in sight
  document.addEventListener('hub:synced', () => upgrade()) // what was lost on the way is asked for again
  await ready
  import('lib/outbox').then(({outbox}) => outbox()).catch(() => {}) // on whatever page they come back to
}
