// <tile-map data-shipment data-silent data-tiles> in a fold: nine squares of somebody else's map around the courier, who stays
// in the middle. Nothing is asked for until the fold is opened. Further and nearer by [data-zoom] buttons.
import {courier} from 'lib/couriers'

const SIDE = 256
const [FAR, NEAR] = [4, 17]

customElements.define('tile-map', class extends HTMLElement {
  connectedCallback() {
    this.zoom ||= 12
    this.fold = this.closest('details')
    this.squares = this.querySelector('.tile-map-squares')
    this.kept ||= new Map()
    this.fold.addEventListener('toggle', this.draws ||= () => this.draw())
    document.addEventListener('hub:courier', this.hear ||= ({detail}) => detail.shipment === this.dataset.shipment && this.draw())
    this.onclick = ({target}) => this.nearer(+target.closest('[data-zoom]')?.dataset.zoom)
    this.draw()
  }

  disconnectedCallback() { document.removeEventListener('hub:courier', this.hear) }

  nearer(step) {
    if (!step) return
    this.zoom = Math.min(Math.max(this.zoom + step, FAR), NEAR)
    this.draw()
  }

  draw() {
    const found = courier(this.dataset.shipment, this.dataset.silent * 1000)
    this.fold.hidden = !found
    if (!found || !this.fold.open) return
    const all = 2 ** this.zoom
    const x = (found.lon + 180) / 360 * all
    const y = (1 - Math.asinh(Math.tan(found.lat * Math.PI / 180)) / Math.PI) / 2 * all
    const wanted = new Map()
    for (let row = Math.floor(y) - 1; row <= Math.floor(y) + 1; row++) {
      for (let column = Math.floor(x) - 1; column <= Math.floor(x) + 1; column++) {
        if (row < 0 || row >= all) continue
        const square = this.square(this.address((column + all) % all, row))
        square.style.transform = `translate(${(column - x) * SIDE}px, ${(row - y) * SIDE}px)`
        wanted.set(square.src, square)
      }
    }
    this.kept = wanted
    this.squares.replaceChildren(...wanted.values())
  }

  address(x, y) {
    return new URL(this.dataset.tiles.replace('{z}', this.zoom).replace('{x}', x).replace('{y}', y), location.href).href
  }

  square(src) {
    return this.kept.get(src) ?? Object.assign(new Image(SIDE, SIDE), {alt: '', referrerPolicy: 'origin', src}) // they ask whose page it is
  }
})
