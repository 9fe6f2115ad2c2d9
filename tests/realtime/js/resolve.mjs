// `lib/x` as the page's import map resolves it, for node's own test runner: node --import ./tests/realtime/js/resolve.mjs --test tests/realtime/js
import {register} from 'node:module'

const root = new URL('../../../frontend/static/js/', import.meta.url).href
const hook = `export const resolve = (name, context, next) =>
  next(/^(lib|elements)\\//.test(name) ? '${root}' + name + '.js' : name, context)
export async function load(url, context, next) {
  return next(url, url.startsWith('${root}') ? {...context, format: 'module'} : context)
}`
register('data:text/javascript,' + encodeURIComponent(hook))
