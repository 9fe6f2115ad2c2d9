// One more of what a <template> holds: `items.__` in its names becomes `at`.

/** The content of `template` for the piece at `at` ("items.2"). */
export function piece(template, at) {
  const made = template.content.cloneNode(true)
  for (const node of made.querySelectorAll('*')) {
    for (const attribute of node.attributes) attribute.value = attribute.value.replaceAll('items.__', at)
  }
  return made
}
