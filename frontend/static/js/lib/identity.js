// Who is here, on which device, and names that nobody else will choose.

export const person = () => document.body.dataset.person || ''

/** A UUIDv7 (RFC 9562): what is chosen later sorts behind, so that the hub's indexes grow at their end. */
export function uuid(now = Date.now()) {
  const bytes = crypto.getRandomValues(new Uint8Array(16))
  for (let at = 5, left = now; at >= 0; at--, left = Math.floor(left / 256)) bytes[at] = left % 256
  bytes[6] = bytes[6] & 15 | 0x70
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
