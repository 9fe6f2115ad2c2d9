// One polite voice for what is not read out by itself. New messages are: their list is role=log.

let region

export function announce(words) {
  if (!words) return
  region ||= document.body.appendChild(Object.assign(document.createElement('div'), {
    className: 'visually-hidden', role: 'status', ariaLive: 'polite',
  }))
  region.textContent = ''
  setTimeout(() => { region.textContent = words }, 100)
}
