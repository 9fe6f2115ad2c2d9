// Where couriers are who share it: the newest position of each parcel, in memory alone, until it is over or nothing came for
// a while. `hub:courier` ({shipment}) says that another one is known, or none.
const seen = new Map()
const over = new Map()
const CROSSING = 10_000 // what was under way when they stopped is here by then

document.addEventListener('hub:position', ({detail}) => {
  const {shipment, gone} = detail
  const at = Date.parse(detail.at)
  const end = over.get(shipment)
  if (end && at <= end.at && Date.now() - end.heard < CROSSING) return
  if (gone) over.set(shipment, {at, heard: Date.now()})
  gone ? seen.delete(shipment) : seen.set(shipment, {...detail, heard: Date.now()})
  tell(shipment)
})

/** The courier of this parcel, if one was heard within `silent` milliseconds. A dead phone leaves no ghost. */
export function courier(shipment, silent) {
  const found = seen.get(shipment)
  if (found && Date.now() - found.heard > silent) {
    seen.delete(shipment)
    tell(shipment)
  }
  return seen.get(shipment)
}

function tell(shipment) {
  document.dispatchEvent(new CustomEvent('hub:courier', {detail: {shipment}}))
}
