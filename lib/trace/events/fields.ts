import { Direction } from '../operations.js'
import { quote, TraceError } from '../trace-error.js'

const DIRECTIONS = [
  ['BIDIRECTIONAL', '0', Direction.bidirectional],
  ['TO_DEVICE', '1', Direction.toDevice],
  ['FROM_DEVICE', '2', Direction.fromDevice],
  ['NONE', '3', Direction.unknown],
] as const
const SKIP_CPU_SYNC = 1 << 5

/** The address that the kernel prints for a map that failed: all ones. */
export const FAILED_ADDRESS = -1

/** Reads `name=value` fields out of the body of one event, with errors that name the field. */
export class Fields {
  readonly #body: string
  readonly #event: string
  readonly #file: string
  readonly #line: number

  constructor(body: string, event: string, file: string, line: number) {
    this.#body = body
    this.#event = event
    this.#file = file
    this.#line = line
  }

  /** The first word, which is the device in most events. */
  firstWord(): string {
    const end = this.#body.indexOf(' ')
    return end < 0 ? this.#body : this.#body.slice(0, end)
  }

  /** The word behind a label such as `dev_name:`. */
  wordAfter(label: string): string {
    const at = this.#body.indexOf(`${label} `)
    if (at < 0) this.#fail(label, 'is missing', `${label} and a device`)
    const from = at + label.length + 1
    const end = this.#body.indexOf(' ', from)
    return this.#body.slice(from, end < 0 ? undefined : end)
  }

  /** The value up to the next blank (quotes taken off), or undefined. */
  optional(name: string): string | undefined {
    const from = this.#find(name)
    if (from < 0) return undefined
    const end = this.#body.indexOf(' ', from)
    const value = end < 0 ? this.#body.slice(from) : this.#body.slice(from, end)
    return value.length > 1 && value.startsWith('"') && value.endsWith('"')
      ? value.slice(1, -1)
      : value
  }

  text(name: string): string {
    return this.optional(name) ?? this.#fail(name, 'is missing', `${name}=`)
  }

  /** A count or a size: decimal, or hex with 0x. */
  count(name: string): number {
    const value = this.text(name)
    const number = /^(?:\d+|0x[0-9a-f]+)$/i.test(value) ? Number(value) : Number.NaN
    if (!Number.isSafeInteger(number)) this.#fail(name, `is ${quote(value)}`, 'a number')
    return number
  }

  /** A size in bytes, at least 1. */
  size(name: string): number {
    const size = this.count(name)
    return size > 0 ? size : this.#fail(name, 'is 0', 'a size of at least 1 byte')
  }

  /** A hex number, with or without 0x; FAILED_ADDRESS for all ones. */
  hex(name: string): number {
    return this.#hex(name, this.text(name))
  }

  /** A number of libtraceevent's raw form: hex with 0x, else decimal. */
  raw(name: string): number {
    const value = this.text(name)
    if (/^0x/i.test(value)) return this.#hex(name, value)
    if (value === '18446744073709551615' || value === '-1') return FAILED_ADDRESS
    return this.count(name)
  }

  /** A list of hex numbers in braces: {0x1000,0x2000}. */
  list(name: string): number[] {
    const from = this.#find(name)
    if (from < 0) this.#fail(name, 'is missing', `${name}={...}`)
    const end = this.#body.indexOf('}', from)
    if (this.#body[from] !== '{' || end < 0) this.#fail(name, 'is no list', `${name}={...}`)
    const inside = this.#body.slice(from + 1, end)
    return inside === '' ? [] : inside.split(',').map((value) => this.#hex(name, value.trim()))
  }

  /** A raw array of little-endian numbers: ARRAY[00, 60, ...]; `width` bytes each. */
  array(name: string, width: 4 | 8): number[] {
    const from = this.#find(name)
    if (from < 0) this.#fail(name, 'is missing', `${name}=ARRAY[...]`)
    const end = this.#body.indexOf(']', from)
    const head = 'ARRAY['
    if (!this.#body.startsWith(head, from) || end < 0) {
      this.#fail(name, 'is no array', `${name}=ARRAY[...]`)
    }
    const inside = this.#body.slice(from + head.length, end).trim()
    const bytes = inside === '' ? [] : inside.split(/,\s*/)
    if (bytes.length % width !== 0 || !bytes.every((byte) => /^[0-9a-f]{2}$/i.test(byte))) {
      this.#fail(name, 'is no array of bytes', `two hex digits per byte, ${width} bytes per number`)
    }
    const values: number[] = []
    for (let i = 0; i < bytes.length; i += width) {
      const digits = bytes.slice(i, i + width).reverse()
      values.push(this.#hex(name, digits.join('')))
    }
    return values
  }

  /** Which way the data go: a name of the kernel's, or its number. `unknown` where nothing says. */
  direction(): Direction {
    const value = this.optional('dir')
    if (value === undefined) return Direction.unknown
    const found = DIRECTIONS.findIndex(([name, number]) => value === name || value === number)
    if (found < 0) this.#fail('dir', `is ${quote(value)}`, 'TO_DEVICE, FROM_DEVICE or another')
    return (DIRECTIONS[found] as (typeof DIRECTIONS)[number])[2]
  }

  /** Whether the copy of an unmap is left out (DMA_ATTR_SKIP_CPU_SYNC). */
  get noCopy(): boolean {
    const value = this.optional('attrs') ?? ''
    if (/^(?:0x)?[0-9a-f]+$/i.test(value)) return (Number.parseInt(value, 16) & SKIP_CPU_SYNC) !== 0
    return value.split('|').includes('SKIP_CPU_SYNC')
  }

  /** Bits of the mask of addresses; NaN where it is not shown. */
  maskBits(raw: boolean): number {
    if (this.#find('dma_mask') < 0) return Number.NaN
    const mask = raw ? this.raw('dma_mask') : this.hex('dma_mask')
    return mask === FAILED_ADDRESS ? 64 : Math.ceil(Math.log2(mask + 1))
  }

  /** Whether bouncing was forced, and not only needed. */
  get forced(): boolean {
    return this.#body.endsWith(' FORCE') || this.optional('force') === '1'
  }

  #find(name: string): number {
    const key = `${name}=`
    let at = this.#body.indexOf(key)
    // A longer name may end in this one: align_mask= is not min_align_mask=.
    while (at > 0 && this.#body[at - 1] !== ' ') at = this.#body.indexOf(key, at + 1)
    return at < 0 ? -1 : at + key.length
  }

  #hex(name: string, value: string): number {
    if (!/^(?:0x)?[0-9a-f]{1,16}$/i.test(value)) {
      this.#fail(name, `is ${quote(value)}`, 'a hex number of at most 16 digits')
    }
    if (/^(?:0x)?f{16}$/i.test(value)) return FAILED_ADDRESS
    const number = Number.parseInt(value, 16)
    return Number.isSafeInteger(number)
      ? number
      : this.#fail(name, `is ${quote(value)}`, 'an address below 2^53')
  }

  #fail(name: string, problem: string, expected: string): never {
    throw new TraceError(this.#file, this.#line, `${this.#event}: ${name} ${problem}`, expected)
  }
}
