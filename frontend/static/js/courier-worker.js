// The service worker of /c/ and of nothing else: a courier's pages come up again where there is no network. FILES, LANGUAGES and
// ANY_TOKEN stand before it (hub/web/offline.py). A page comes from the network where there is one, and is kept under its own
// address, so that nobody sees another's; what the hub says is gone is forgotten here, too.
const PAGES = 'anou-courier-pages', STATIC = 'anou-courier-files'
const BLANK = '/c/blank', FINDER = '/c/', SPOKEN = '/c/spoken'
const PARCEL = /^\/c\/[A-Za-z0-9_-]{43}$/
const MOST = 40 // parcels
const OLD = 60 * 86_400_000 // a page says to which door a parcel went: it is not kept for ever
const PATIENCE = 5_000, PATIENCE_UNSEEN = 15_000 // for a network that is only slow

self.addEventListener('install', event => {
  self.skipWaiting()
  event.addRoutes?.({condition: {requestMethod: 'POST'}, source: 'network'})?.catch(() => {}) // a beacon of a page that goes must not wait for a worker that wakes up
  event.waitUntil(Promise.all([keepFiles(), keep(BLANK), keep(FINDER)]))
})

self.addEventListener('activate', event => event.waitUntil(begin()))

self.addEventListener('fetch', event => {
  const {method, mode, url} = event.request, {origin, pathname} = new URL(url)
  if (method !== 'GET' || origin !== location.origin) return
  if (pathname.startsWith('/static/')) event.respondWith(file(event.request))
  else if (mode === 'navigate' && (pathname === FINDER || PARCEL.test(pathname))) event.respondWith(page(event))
})

self.addEventListener('message', event => event.waitUntil(speak(event.data)))

/** A page says its language. */
async function speak(language) {
  if (LANGUAGES.includes(language)) await (await caches.open(PAGES)).put(SPOKEN, new Response(language))
}

async function begin() {
  await self.clients.claim()
  const open = await self.clients.matchAll({includeUncontrolled: true})
  const paths = new Set(open.map(({url}) => new URL(url).pathname).filter(path => PARCEL.test(path)))
  await Promise.all([...paths].map(path => keep(path))) // opened before there was a worker
  await tidy()
}

async function keepFiles() {
  const files = await caches.open(STATIC)
  await Promise.all(FILES.map(async url => await files.match(url, {ignoreVary: true}) || files.add(url)))
}

/** A page in all languages, asked for as nobody, so that no choice of this phone is in the way or changed. */
async function keep(path, languages = LANGUAGES) {
  await Promise.all(languages.map(async language => {
    const answer = await fetch(path, {credentials: 'omit', headers: {'Accept': 'text/html', 'Accept-Language': language}}).catch(() => null)
    if (answer?.ok) await (await caches.open(PAGES)).put(named(path, language), answer)
  }))
}

const named = (path, language) => `${path}?lang=${language}`

async function file(request) {
  return await caches.match(request.url, {cacheName: STATIC, ignoreVary: true}) || fetch(request)
}

async function page(event) {
  const url = new URL(event.request.url)
  let work
  const fresh = fetch(event.request).then(answer => {
    work = heard(url.pathname, answer.clone())
    return answer
  })
  const tried = fresh.catch(() => null)
  event.waitUntil(tried.then(() => work))
  const answer = await Promise.race([tried, after(PATIENCE)])
  if (answer && answer.status < 500) return answer
  return await kept(url) || await Promise.race([tried, after(PATIENCE_UNSEEN)]) || await unseen(url) || fresh
}

const after = time => new Promise(resolve => setTimeout(resolve, time))

async function heard(path, answer) {
  const pages = await caches.open(PAGES), language = answer.headers.get('Content-Language')
  if (answer.status === 404) return Promise.all(LANGUAGES.map(one => pages.delete(named(path, one), {ignoreVary: true})))
  if (!answer.ok || answer.redirected || !language) return
  await pages.put(named(path, language), answer)
  const missing = []
  for (const one of LANGUAGES) if (!await pages.match(named(path, one), {ignoreVary: true})) missing.push(one)
  if (!missing.length) return
  await keep(path, missing)
  await tidy()
}

function kept({pathname, searchParams}) {
  return spoken(pathname, searchParams.get('lang'))
}

/** The page of a parcel that was never opened here: what is tapped on it is kept, and the hub judges it later. */
async function unseen({pathname, searchParams}) {
  const blank = PARCEL.test(pathname) && await spoken(BLANK, searchParams.get('lang'))
  return blank && new Response((await blank.text()).replaceAll(ANY_TOKEN, pathname.slice(FINDER.length)), {headers: blank.headers})
}

/** In the language that is asked for, that of the page seen last, or another. */
async function spoken(path, asked) {
  const pages = await caches.open(PAGES), last = await (await pages.match(SPOKEN))?.text()
  for (const language of [asked, last, ...LANGUAGES]) {
    const found = await pages.match(named(path, language), {ignoreVary: true})
    if (found) return found
  }
}

/** The parcels opened last, none for months, and the files that their pages name: an older version's stay as long as a page of it does. */
async function tidy() {
  const pages = await caches.open(PAGES), files = await caches.open(STATIC)
  const opened = new Map(), texts = []
  for (const request of await pages.keys()) {
    const {pathname} = new URL(request.url), answer = await pages.match(request, {ignoreVary: true})
    if (!answer) continue // another event took it away
    const when = Date.parse(answer.headers.get('Date')) || 0
    if (PARCEL.test(pathname)) opened.set(pathname, Math.max(when, opened.get(pathname) ?? 0))
    texts.push(await answer.text())
  }
  const last = [...opened].sort((a, b) => b[1] - a[1])
  const gone = last.filter(([, when], place) => place >= MOST || Date.now() - when > OLD).map(([path]) => path)
  await Promise.all(gone.flatMap(path => LANGUAGES.map(language => pages.delete(named(path, language), {ignoreVary: true}))))
  for (const {url} of await files.keys()) {
    const {pathname} = new URL(url)
    if (!FILES.includes(pathname) && !texts.some(text => text.includes(pathname))) await files.delete(url, {ignoreVary: true})
  }
}
