/** Putting blocks into a text, between the marks that say which. */

const BEGIN = /^<!-- figures:(\S*) -->$/
const END = '<!-- /figures -->'

/**
 * Puts each block anew between its marks, which stand on lines of their own.
 *
 * @throws Error that names file and line, for a block that is not known or has no end
 */
export function fill(
  file: string,
  text: string,
  block: (name: string) => string | undefined,
): string {
  const lines = text.split('\n')
  const out: string[] = []
  for (let i = 0; i < lines.length; i++) {
    const line = lines[i] as string
    out.push(line)
    if (line === END) throw new Error(`${file}:${i + 1}: ${END} without a begin`)
    const name = BEGIN.exec(line)?.[1]
    if (name === undefined) continue
    const made = block(name)
    if (made === undefined) throw new Error(`${file}:${i + 1}: no block is called "${name}"`)
    const end = lines.indexOf(END, i)
    const next = lines.findIndex((other, at) => at > i && BEGIN.test(other))
    if (end < 0 || (next >= 0 && next < end)) {
      throw new Error(`${file}:${i + 1}: the block "${name}" has no ${END}`)
    }
    out.push('', made, '', END)
    i = end
  }
  return out.join('\n')
}
