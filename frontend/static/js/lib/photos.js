// A phone's photo is 4 MB; what a screen needs is a tenth of that. Shrunk here, before the slow network, and
// freed of its place and time of taking (a canvas keeps no EXIF). The server does the same for whoever can't.

const EDGE = 1600

/** Show a photo that is still only here; the browser holds on to it no longer than until it is drawn. */
export function preview(image, photo) {
  image.src = URL.createObjectURL(photo)
  image.onload = image.onerror = () => URL.revokeObjectURL(image.src)
}

export async function shrink(file) {
  try {
    const image = await createImageBitmap(file)
    const scale = Math.min(1, EDGE / Math.max(image.width, image.height))
    if (scale === 1 && file.size < 400_000) return file
    const canvas = document.createElement('canvas')
    canvas.width = Math.round(image.width * scale)
    canvas.height = Math.round(image.height * scale)
    canvas.getContext('2d').drawImage(image, 0, 0, canvas.width, canvas.height)
    image.close()
    const smaller = await new Promise(resolve => canvas.toBlob(resolve, 'image/jpeg', .82))
    return smaller && smaller.size < file.size ? smaller : file
  } catch {
    return file // not a picture this browser can read: let the server judge
  }
}
