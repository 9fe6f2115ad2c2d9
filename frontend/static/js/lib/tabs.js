// One person's tabs: what happens in one of them is told to the others, as the same event on document.
import {person} from 'lib/identity'

const show = (name, detail) => document.dispatchEvent(new CustomEvent('hub:' + name, {detail}))
let channel

function line() {
  if (channel || !globalThis.BroadcastChannel) return channel
  channel = new BroadcastChannel('anou-' + person())
  channel.onmessage = ({data}) => show(...data)
  return channel
}

/** Begin to hear the other tabs. */
export const listen = () => { line() }

/** Told to the other tabs only. */
export const others = (name, detail) => { line()?.postMessage([name, detail]) }

/** Told to this tab and the others. */
export const all = (name, detail) => { show(name, detail); others(name, detail) }
