/** Reads the bytes of one line from left to right. */
import { FAILED_ADDRESS } from '../fields.js'

export const BLANK = 32
export const DOT = 46
export const ZERO = 48
const NINE = 57
export const COLON = 58
/** Set in lower case letters. */
const LOWER = 32
const A = 97
const X = 120
/** Digits of which every number is a safe integer. */
const SAFE_DIGITS = 15
const SAFE_HEX_DIGITS = 13
const ALL_HEX_DIGITS = 16

/** The bytes of a word, to be compared with those of a line. */
export const ascii = (text: string): Buffer => Buffer.from(text, 'latin1')

export const isDigit = (byte: number): boolean => byte >= ZERO && byte <= NINE

export class LineCursor {
  bytes: Buffer = Buffer.alloc(0)
  /** What is read next. */
  at = 0
  /** Where the line ends. */
  end = 0

  begin(bytes: Buffer, from: number, end: number): void {
    this.bytes = bytes
    this.at = from
    this.end = end
  }

  get atEnd(): boolean {
    return this.at === this.end
  }

  /** The byte at a place of the line; -1 behind its end. */
  byteAt(at: number): number {
    return at < this.end ? (this.bytes[at] as number) : -1
  }

  /** Goes behind a word, if it is the next. */
  skip(word: Buffer): boolean {
    const { bytes, at } = this
    const { length } = word
    if (at + length > this.end) return false
    for (let i = 0; i < length; i++) if (bytes[at + i] !== word[i]) return false
    this.at = at + length
    return true
  }

  skipByte(byte: number): boolean {
    if (this.byteAt(this.at) !== byte) return false
    this.at++
    return true
  }

  blanks(): void {
    while (this.byteAt(this.at) === BLANK) this.at++
  }

  /** Goes to the next of a byte; false where there is none. */
  find(byte: number): boolean {
    for (let at = this.at; at < this.end; at++) {
      if (this.bytes[at] !== byte) continue
      this.at = at
      return true
    }
    return false
  }

  /** A number of one digit; -1 where there is none. */
  digit(): number {
    const byte = this.byteAt(this.at)
    if (!isDigit(byte)) return -1
    this.at++
    return byte - ZERO
  }

  /** NaN where there are no digits, or too many. */
  decimal(): number {
    const from = this.at
    let value = 0
    for (let byte = this.byteAt(this.at); isDigit(byte); byte = this.byteAt(this.at)) {
      value = value * 10 + byte - ZERO
      this.at++
    }
    const digits = this.at - from
    return digits === 0 || digits > SAFE_DIGITS ? Number.NaN : value
  }

  /** With 0x in front or without; FAILED_ADDRESS for all ones, NaN where it is otherwise. */
  hex(): number {
    if (this.byteAt(this.at) === ZERO && (this.byteAt(this.at + 1) | LOWER) === X) this.at += 2
    const from = this.at
    let value = 0
    let allOnes = true
    for (; this.at < this.end; this.at++) {
      const byte = this.bytes[this.at] as number
      let digit = byte - ZERO
      if (digit < 0) break
      if (digit > 9) {
        digit = (byte | LOWER) - A + 10
        if (digit < 10 || digit > 15) break
      }
      value = value * 16 + digit
      allOnes &&= digit === 15
    }
    const digits = this.at - from
    if (digits > 0 && digits <= SAFE_HEX_DIGITS) return value
    return digits === ALL_HEX_DIGITS && allOnes ? FAILED_ADDRESS : Number.NaN
  }
}

/** Words that come again and again, each of them one string. */
export class Words {
  readonly #allowed: RegExp
  readonly #known = new Array<string>(256).fill('')

  /** Those that it knows are all `allowed`. */
  constructor(allowed: RegExp) {
    this.#allowed = allowed
  }

  /** The word that bytes are; undefined if it is not allowed. */
  of(bytes: Buffer, from: number, end: number): string | undefined {
    let place = 0
    for (let at = from; at < end; at++) place = (place * 31 + (bytes[at] as number)) & 255
    const known = this.#known[place] as string
    if (isWord(known, bytes, from, end)) return known
    const word = bytes.toString('latin1', from, end)
    if (!this.#allowed.test(word)) return undefined
    this.#known[place] = word
    return word
  }
}

function isWord(word: string, bytes: Buffer, from: number, end: number): boolean {
  const { length } = word
  if (length !== end - from || length === 0) return false
  for (let i = 0; i < length; i++) if (word.charCodeAt(i) !== bytes[from + i]) return false
  return true
}
