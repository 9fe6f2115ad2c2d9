// One polite voice for what is not read out by itself. New messages are: their list is role=log.

let region, timer

export function announce(words) {
  clearTimeout(timer)
  if (!words) return region && (region.textContent = '') // what was said no longer holds
  region ||= document.body.appendChild(Object.assign(document.createElement('div'), {
    className: 'visually-hidden', role: 'status', ariaLive: 'polite',
  }))
  region.textContent = ''
  timer = setTimeout(() => { region.textContent = words }, 100)
}
