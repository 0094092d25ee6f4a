/** Names in a picture, where there is little room for them. */

/** A label that leaves room for a picture beside it. */
export const short = (label: string, most = 18): string =>
  label.length <= most ? label : `${label.slice(0, most - 1)}\u2026`

/** In two lines, where it is longer than one and has a blank to break it at. */
export function nameLines(name: string, most: number): string[] {
  const at = name.length > most ? name.lastIndexOf(' ', most) : -1
  return at < 1 ? [short(name, most)] : [name.slice(0, at), short(name.slice(at + 1), most)]
}
