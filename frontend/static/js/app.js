// The first module of every page: forms that are verbs, the elements that are on this page, and one socket.
import 'elements/verb-form'
import {wipe} from 'lib/db'
import {person} from 'lib/identity'
import {socket} from 'lib/socket'
import {upgrade} from 'lib/upgrade'

const ready = upgrade()

if (person()) {
  ready.finally(() => socket.start()) // so that hello names the threads of this page
  const wake = () => document.visibilityState === 'visible' && socket.wake()
  document.addEventListener('visibilitychange', wake)
  for (const name of ['online', 'focus', 'pageshow']) window.addEventListener(name, wake)
  window.addEventListener('offline', () => socket.drop())
  window.addEventListener('pagehide', () => socket.drop()) // an open line keeps a page out of the back-forward cache
  window.addEventListener('pageshow', event => event.persisted && socket.wake())
}

document.addEventListener('submit', event => {
  if (event.target.getAttribute('action')?.startsWith('/sign-out')) wipe()
}, true)
