// Who is here, on which device, and names that nobody else will choose.

export const person = () => document.body.dataset.person || ''

export function uuid() {
  if (crypto.randomUUID) return crypto.randomUUID() // absent on plain http
  const bytes = crypto.getRandomValues(new Uint8Array(16))
  bytes[6] = bytes[6] & 15 | 64
  bytes[8] = bytes[8] & 63 | 128
  const hex = [...bytes].map(byte => byte.toString(16).padStart(2, '0')).join('')
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-')
}

export function device() {
  try {
    return localStorage.anouDevice ||= uuid()
  } catch {
    return uuid()
  }
}
