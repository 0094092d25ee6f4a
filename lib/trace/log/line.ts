/**
 * One line of a log, read from left to right: its fields, the `name=value` words of a header, and
 * errors that name the file, the line and what was expected there.
 *
 * Fields are read from the bytes, and become strings only for words and errors, for the sake of
 * speed. Compared was the same class with each word cut out as a string: on a log of a million lines,
 * read by turns in five rounds, that took about twice the CPU time. With a regular expression for
 * each number it took more still.
 */
import type { Address } from '../operations-builder.js'
import { quote, TraceError } from '../trace-error.js'

const BLANK = 0x20
const TAB = 0x09
const ZERO = 0x30
const A = 0x61
const X = 0x78
/** Set in lower case letters. */
const LOWER = 0x20
const MAX_HEX_DIGITS = 16

/** The lines of a log that is all in memory. */
export function logLines(text: string, file: string): LogLine[] {
  return text.split('\n').map((line, i) => LogLine.of(file, line.replace(/\r$/, ''), i + 1))
}

export class LogLine {
  readonly #file: string
  #number = 0
  #bytes: Buffer = Buffer.alloc(0)
  #start = 0
  #end = 0
  /** Where the next field begins and ends. */
  #from = 0
  #to = 0
  #form = ''

  constructor(file: string) {
    this.#file = file
  }

  static of(file: string, text: string, number: number): LogLine {
    const bytes = Buffer.from(text, 'latin1')
    return new LogLine(file).set(bytes, 0, bytes.length, number)
  }

  /** Becomes another line: what stands in `bytes` from `start` to before `end`. */
  set(bytes: Buffer, start: number, end: number, number: number): this {
    this.#bytes = bytes
    this.#start = start
    this.#end = end
    this.#number = number
    return this
  }

  /** From 1. */
  get number(): number {
    return this.#number
  }

  get text(): string {
    return this.#bytes.toString('latin1', this.#start, this.#end)
  }

  /** What the line begins with; '' if it is empty. */
  get letter(): string {
    return this.#start < this.#end ? String.fromCharCode(this.#bytes[this.#start] as number) : ''
  }

  /** What stands behind `# name: ` in such a comment; undefined for any other line. */
  remark(name: string): string | undefined {
    const head = `# ${name}: `
    return this.text.startsWith(head) ? this.text.slice(head.length).trim() : undefined
  }

  /** Begins to read the fields behind the line's letter. `form` says for errors what they are. */
  begin(form: string): void {
    this.#form = form
    this.#to = this.#start + 1
    this.skip()
    if (!this.more || this.#from > this.#start + 1) return
    this.fail(`malformed line ${quote(this.text)}`, 'fields with blanks between them')
  }

  /** Whether there is a next field. */
  get more(): boolean {
    return this.#from < this.#end
  }

  /** The next field, which stays the next; '' at the end of the line. */
  get word(): string {
    return this.#bytes.toString('latin1', this.#from, this.#to)
  }

  /** Goes on behind the next field. */
  skip(): void {
    let from = this.#to
    while (from < this.#end && isBlank(this.#bytes[from])) from++
    let to = from
    while (to < this.#end && !isBlank(this.#bytes[to])) to++
    this.#from = from
    this.#to = to
  }

  /** A decimal number, a safe integer from 0. */
  decimal(name: string): number {
    if (!this.more) this.#missing(name)
    const value = numberOf(this.#bytes, this.#from, this.#to, 10)
    if (value < 0 || value > Number.MAX_SAFE_INTEGER) {
      this.fail(`${name} is ${quote(this.word)}`, 'a decimal integer from 0, below 2^53')
    }
    this.skip()
    return value
  }

  /** A hex number, with 0x in front or without. */
  hex(name: string): Address {
    if (!this.more) this.#missing(name)
    const bytes = this.#bytes
    const from = this.#from
    const to = this.#to
    const hasPrefix = bytes[from] === ZERO && ((bytes[from + 1] ?? 0) | LOWER) === X
    const first = hasPrefix ? from + 2 : from
    const value = to - first > MAX_HEX_DIGITS ? -1 : numberOf(bytes, first, to, 16)
    if (value < 0) this.fail(`${name} is ${quote(this.word)}`, 'a hex number of 1 to 16 digits')
    this.skip()
    return value <= Number.MAX_SAFE_INTEGER
      ? value
      : BigInt(`0x${bytes.toString('latin1', first, to)}`)
  }

  /** Throws for a field that nobody reads. */
  end(expected = 'the line to end'): void {
    if (this.more) this.fail(`something follows the last field: ${quote(this.word)}`, expected)
  }

  /** Throws TraceError. */
  fail(problem: string, expected: string): never {
    throw new TraceError(this.#file, this.#number, problem, expected)
  }

  #missing(name: string): never {
    this.fail(`${name} is missing in ${quote(this.text)}`, this.#form)
  }
}

function isBlank(byte: number | undefined): boolean {
  return byte === BLANK || byte === TAB
}

/* The number that digits say, inexact above 2^53; -1 where there is none, or something else. */
function numberOf(bytes: Buffer, from: number, to: number, base: 10 | 16): number {
  if (from >= to) return -1
  let value = 0
  for (let at = from; at < to; at++) {
    const digit = digitOf(bytes[at] as number)
    if (digit >= base) return -1
    value = value * base + digit
  }
  return value
}

/* 16 and more for what is no digit. */
function digitOf(byte: number): number {
  if (byte >= ZERO && byte < ZERO + 10) return byte - ZERO
  const letter = (byte | LOWER) - A
  return letter < 0 ? MAX_HEX_DIGITS : 10 + letter
}

/** The `name=value` words of a line. Throws TraceError for one that is not known, or said twice. */
export class LogKeys<Name extends string> {
  readonly #line: LogLine
  readonly #what: string
  readonly #form: string
  readonly #values = new Map<string, string>()

  /** `words` stand in the line, which `what` names in errors and `form` shows as it should be. */
  constructor(
    line: LogLine,
    words: string,
    { what, names, form }: { what: string; names: readonly Name[]; form: string },
  ) {
    this.#line = line
    this.#what = what
    this.#form = form
    for (const word of words.split(/[ \t]+/).filter(Boolean)) {
      const [name = ''] = word.split('=', 1)
      if (!names.some((known) => known === name)) line.fail(`${what} has ${quote(word)}`, form)
      if (this.#values.has(name)) line.fail(`${what} has ${name} twice`, form)
      this.#values.set(name, word.slice(name.length + 1))
    }
  }

  /** undefined where the line has no such word. */
  optional(name: Name): string | undefined {
    return this.#values.get(name)
  }

  text(name: Name): string {
    return this.optional(name) ?? this.missing(name)
  }

  whole(name: Name, least: number, most?: number): number {
    return this.wholeOf(name, this.text(name), least, most)
  }

  /** A whole number that stands in the value of a name; `what` names it in errors. */
  wholeOf(what: string, word: string, least: number, most = Number.MAX_SAFE_INTEGER): number {
    const value = /^\d+$/.test(word) ? Number(word) : Number.NaN
    if (value >= least && value <= most) return value
    const to = most === Number.MAX_SAFE_INTEGER ? '' : ` to ${most}`
    return this.#line.fail(`${what} is ${quote(word)}`, `a whole number from ${least}${to}`)
  }

  missing(name: Name): never {
    return this.#line.fail(`${this.#what} has no ${name}=`, this.#form)
  }
}
