/** Text that a browser shows as it is: what comes from names and files is never taken for marks. */

const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

/** What no document may hold, escaped or not: control signs, and halves of signs. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what it is about
const CONTROL = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\ufffe\uffff\p{Surrogate}]/gu

const escapeText = (text: string): string =>
  text.replace(CONTROL, '\ufffd').replace(/[&<>"']/g, (sign) => ESCAPES[sign] ?? sign)

/** Marks that were made here. */
export class Html {
  readonly text: string

  constructor(text: string) {
    this.text = text
  }
}

export type Part = Html | string | number | readonly Part[]

const textOf = (part: Part): string => {
  if (part instanceof Html) return part.text
  if (Array.isArray(part)) return part.map(textOf).join('')
  return escapeText(String(part))
}

/** Marks as they are written, with everything that is put into them escaped. */
export const html = (marks: TemplateStringsArray, ...parts: readonly Part[]): Html =>
  new Html(marks.reduce((all, mark, i) => all + textOf(parts[i - 1] ?? '') + mark))

export const nothing = html``

/** A file that the page itself holds. */
export const dataUrl = (type: string, contents: string): string =>
  `data:${type};base64,${Buffer.from(contents).toString('base64')}`

/** A number for a coordinate: a tenth of a pixel is enough. */
export const px = (value: number): string => String(Math.round(value * 10) / 10)
