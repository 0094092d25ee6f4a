/** Somebody else's text, as a terminal may be sent it. */

/** What a terminal obeys in place of showing it, and marks that turn the direction of what follows. */
const OBEYED = /(?![\n\t])[\p{Cc}\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu

/**
 * The text with all of that escaped, as `\u001b`; ends of lines and tabs stay. A JSON document says
 * the same afterwards.
 */
export const visible = (text: string): string =>
  text.replace(OBEYED, (sign) => `\\u${sign.charCodeAt(0).toString(16).padStart(4, '0')}`)
