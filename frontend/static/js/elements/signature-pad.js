// <signature-pad> with a canvas and a button inside a form: a finger, a pen or a mouse draws; what was drawn is the form's
// `signature`, a PNG. Ink on white by day and by night, for it is looked at on paper, too.

const INK = '#1b1712', WIDTH = 2.6, EDGE = 1200

customElements.define('signature-pad', class extends HTMLElement {
  connectedCallback() {
    this.canvas = this.querySelector('canvas')
    this.button = this.querySelector('button')
    this.lines = [] // of points between 0 and 1, across; a phone that is turned draws them anew
    this.canvas.addEventListener('pointerdown', event => this.begin(event))
    this.canvas.addEventListener('pointermove', event => this.go(event))
    for (const name of ['pointerup', 'pointercancel']) this.canvas.addEventListener(name, event => this.end(event))
    this.button.addEventListener('click', () => this.clear())
    this.form = this.closest('form')
    this.form.addEventListener('formdata', ({formData}) => this.picture && formData.append('signature', this.picture, 'signature.png'))
    this.form.addEventListener('reset', () => this.clear())
    this.watch = new ResizeObserver(() => this.draw())
    this.watch.observe(this.canvas)
  }

  disconnectedCallback() {
    this.watch.disconnect()
  }

  begin(event) {
    if (this.pen !== undefined || event.button > 0) return
    event.preventDefault()
    this.pen = event.pointerId
    this.canvas.setPointerCapture(event.pointerId)
    this.lines.push([this.point(event)])
    this.draw()
  }

  go(event) {
    if (event.pointerId !== this.pen) return
    for (const one of event.getCoalescedEvents?.() ?? []) this.lines.at(-1).push(this.point(one))
    this.lines.at(-1).push(this.point(event))
    this.draw()
  }

  end({pointerId}) {
    if (pointerId !== this.pen) return
    delete this.pen
    this.button.hidden = false
    this.picture = this.png() // now: a form that is sent can't wait
  }

  clear() {
    this.lines = []
    delete this.picture
    delete this.pen
    this.button.hidden = true
    this.draw()
  }

  point({clientX, clientY}) {
    const {left, top, width} = this.canvas.getBoundingClientRect()
    return [(clientX - left) / width, (clientY - top) / width]
  }

  draw() {
    const {clientWidth: width, clientHeight: height} = this.canvas, scale = devicePixelRatio || 1
    if (width) paint(this.canvas, this.lines, width, height, scale)
  }

  png() {
    const {clientWidth: width, clientHeight: height} = this.canvas
    const copy = paint(document.createElement('canvas'), this.lines, width, height, Math.min(2, EDGE / width))
    const bytes = atob(copy.toDataURL('image/png').split(',')[1])
    return new File([Uint8Array.from(bytes, byte => byte.charCodeAt(0))], 'signature.png', {type: 'image/png'})
  }
})

function paint(canvas, lines, width, height, scale) {
  Object.assign(canvas, {width: Math.round(width * scale), height: Math.round(height * scale)})
  const pen = canvas.getContext('2d')
  pen.fillStyle = '#fff'
  pen.fillRect(0, 0, canvas.width, canvas.height)
  Object.assign(pen, {strokeStyle: INK, lineWidth: WIDTH * scale, lineCap: 'round', lineJoin: 'round'})
  const unit = width * scale
  for (const [[x, y], ...rest] of lines) {
    pen.beginPath()
    pen.moveTo(x * unit, y * unit)
    pen.lineTo(x * unit, y * unit) // a dot is a line, too
    for (const [x, y] of rest) pen.lineTo(x * unit, y * unit)
    pen.stroke()
  }
  return canvas
}
