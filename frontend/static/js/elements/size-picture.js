/* Redraws a size (templates/parts/size.html) while its width, length or colours are being chosen. */

const digits = (number) => Math.round(number * 100) / 100

class SizePicture extends HTMLElement {
  connectedCallback() {
    this.form = this.closest('form') ?? this
    this.redraw = () => this.draw()
    this.form.addEventListener('input', this.redraw)
    this.form.addEventListener('change', this.redraw)
    this.draw()
  }

  disconnectedCallback() {
    this.form.removeEventListener('input', this.redraw)
    this.form.removeEventListener('change', this.redraw)
  }

  side(name) {
    return Number(this.querySelector(`input[name$="${name}"]`)?.value) || 0
  }

  draw() {
    const picture = this.querySelector('svg.size-picture')
    const width = this.side('width_cm'), length = this.side('length_cm')
    this.toggleAttribute('data-blank', !(width || length))
    if (!picture || !(width || length)) return
    const w = width || length, l = length || width
    const left = Number(picture.dataset.left)
    const before = picture.querySelector('.size-before')
    const [bw, bl] = before ? [before.width.baseVal.value, before.height.baseVal.value] : [0, 0]
    before?.toggleAttribute('hidden', bw === w && bl === l)
    const tall = Math.max(l, bl, left > 40 ? 170 : 19), wide = left + Math.max(w, bw)
    const f = digits(Math.max(tall / 9.5, wide / 13))
    set(picture, { viewBox: [-0.3 * f, -tall - 0.6 * f, wide + 4 * f, tall + 2.5 * f].map(digits).join(' ') })
    const part = (name) => picture.querySelector(`[data-part="${name}"]`)
    set(part('cloth'), { x: left, y: -l, width: w, height: l })
    set(part('top'), { x1: left, x2: left + w, y1: -l, y2: -l })
    set(picture.querySelector('.size-floor'), { x1: -f, x2: wide + 5 * f, 'stroke-width': digits(f / 14) })
    set(picture.querySelector('.size-numbers'), { 'font-size': f })
    this.label(part('width'), width, { x: left + w / 2, y: 1.3 * f })
    this.label(part('length'), length, { x: wide + 0.4 * f, y: -l / 2 + f / 3 })
    if (picture.dataset.words) picture.setAttribute('aria-label', picture.dataset.words.replace('{width}', w).replace('{length}', l))
    this.dye(picture)
  }

  label(text, cm, place) {
    set(text, place)
    if (text) text.textContent = cm ? `${cm} cm` : ''
  }

  dye(picture) {
    const chosen = [...(this.closest('[data-item]') ?? this.form).querySelectorAll('input[data-colour]:checked')].map((input) => input.dataset.colour).filter(Boolean)
    const shapes = picture.querySelectorAll('[data-part="cloth"] > *')
    if (!chosen.length) return
    const second = chosen[1] ?? chosen[0]
    const tones = [chosen[0], second, chosen[2] ?? chosen[0], chosen[3] ?? second]
    shapes.forEach((shape, nth) => shape.setAttribute('fill', tones[nth]))
  }
}

function set(node, attributes) {
  for (const [name, value] of Object.entries(attributes)) node?.setAttribute(name, value)
}

customElements.define('size-picture', SizePicture)
