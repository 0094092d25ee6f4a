/**
 * The operation log, our own plain format:
 *
 *     #! nslabs=2048 nareas=4 pool=40000000
 *     m <cpu> <id> <orig hex> <size> <alloc_align_mask hex> <min_align_mask hex> [seg_boundary_mask hex] [direction]
 *     u <cpu> <id> [nocopy]
 *     z                      a reset of the high-water mark
 *     i <area> <index>       the next search of the area begins at this slot of it
 *     g                      what a growing pool put off is done
 *     a <cpu> <id> <size> <min_align_mask hex> [seg_boundary_mask hex]
 *     f <cpu> <id>
 *
 * m and u are a map and its unmap, a and f an alloc and its free (restricted pools only). In a log
 * with a g, growth waits for it; in any other it is done after each operation.
 * A direction is to, from or both: the device reads what was copied to it at the map, writes what the
 * unmap copies back, or both. Without one, only the map copies; with nocopy, the unmap does not.
 * Numbers are decimal where not said otherwise; hex may have 0x in front. Empty lines and lines
 * that begin with # and a blank are skipped. Every line ends with a newline; a last one without is
 * left out.
 */

import { Spool } from '../bytes/spool.js'
import { detectLayout } from '../events/lines.js'
import { cutWords } from '../events/scan.js'
import { Direction, OperationKind, type Operations } from '../operations.js'
import { type Address, OperationsBuilder } from '../operations-builder.js'
import { RecentMap } from '../recent.js'
import type { SpooledTrace, TraceHints } from '../trace.js'
import { quote, TraceError } from '../trace-error.js'
import { type PoolHeader, readPoolHeader } from './header.js'

const BLANK = 32
const TAB = 9
const HASH = 35
const BANG = 33
const ZERO = 48
const NINE = 57
/** Hex digits of which every number is a safe integer. */
const SAFE_HEX_DIGITS = 13
const MAX_CPU = 2 ** 32 - 1
/** Far beyond a segment. The number of slots of a larger one would not fit in the allocator's word. */
const MAX_SIZE = 2 ** 32 - 1
/** Ids that are remembered when they are live no more. */
const MAX_ENDED = 131072
/** What a log calls the directions of mappings. */
const DIRECTIONS = {
  both: Direction.bidirectional,
  to: Direction.toDevice,
  from: Direction.fromDevice,
} as const
/** Behind an unmap: nothing is copied back. */
const NO_COPY = 'nocopy'
const NOTHING_LOST = { events: 0, reasons: [] }

/** Whether a file is an operation log, by its first line that is not empty or a comment. */
export function isOperationLog(head: Buffer): boolean {
  const [first = ''] = head
    .toString('latin1')
    .split('\n')
    .filter((line) => !/^\s*(?:#(?!!).*)?$/.test(line))
  // A task's name of one letter may begin a line of a trace.
  return first.startsWith('#!') || (/^[a-z](?:\s|$)/.test(first) && !detectLayout(first))
}

/** Writes a log that reads back as the same operations. Throws RangeError for `place`. */
export function writeOperationLog(operations: Operations, pool: PoolHeader): string {
  const { nslabs, nareas, start } = pool
  const lines = [`#! nslabs=${nslabs} nareas=${nareas} pool=${start.toString(16)}`]
  for (let i = 0; i < operations.length; i++) lines.push(operationLine(operations, i))
  return `${lines.join('\n')}\n`
}

/** One line of a log. Throws RangeError for `place`, which has none. */
export function operationLine(operations: Operations, i: number): string {
  const kind = operations.kind(i)
  const who = `${operations.cpu(i)} ${operations.id(i)}`
  const hex = (...values: readonly bigint[]) => values.map((value) => value.toString(16)).join(' ')
  const boundary = operations.bm(i) === 0n ? '' : ` ${hex(operations.bm(i))}`
  const size = operations.size(i)
  switch (kind) {
    case OperationKind.map: {
      const masks = hex(operations.am(i), operations.mam(i))
      const word = Object.entries(DIRECTIONS).find(([, dir]) => dir === operations.dir(i))?.[0]
      const direction = word === undefined ? '' : ` ${word}`
      return `m ${who} ${hex(operations.orig(i))} ${size} ${masks}${boundary}${direction}`
    }
    case OperationKind.unmap:
      return operations.noCopy(i) ? `u ${who} ${NO_COPY}` : `u ${who}`
    case OperationKind.reset:
      return 'z'
    case OperationKind.setIndex:
      return `i ${operations.cpu(i)} ${size}`
    case OperationKind.settle:
      return 'g'
    case OperationKind.alloc:
      return `a ${who} ${size} ${hex(operations.mam(i))}${boundary}`
    case OperationKind.free:
      return `f ${who}`
    default:
      throw new RangeError(`operation ${i} is of kind ${kind}, which an operation log cannot say`)
  }
}

/** Reads a log, line by line. Values of its header win over the hints. Throws TraceError. */
export class LogReader {
  readonly #hints: TraceHints
  readonly #builder = new OperationsBuilder(new Spool())
  /** Every id that is live: the letter that ends it. */
  readonly #ids = new Map<number, 'u' | 'f'>()
  /** Ids that are live no more, the latest of them: for better words. */
  readonly #ended = new RecentMap<number, true>(MAX_ENDED)
  #bytes: Buffer = Buffer.alloc(0)
  #from = 0
  #at = 0
  #end = 0
  #line = 0
  #header: { readonly text: string; readonly line: number } | undefined
  #maps = 0
  #unmaps = 0

  constructor(hints: TraceHints) {
    this.#hints = hints
  }

  get #file(): string {
    return this.#hints.file
  }

  /** One line, without its end. */
  take(bytes: Buffer, from: number, end: number, line: number): void {
    this.#bytes = bytes
    this.#from = from
    this.#end = end
    this.#line = line
    this.#at = from + 1
    if (from === end) return
    switch (bytes[from]) {
      case 109: // m
        this.#map()
        break
      case 117: // u
        this.#unmap()
        break
      case 97: // a
        this.#alloc()
        break
      case 102: // f
        this.#free()
        break
      case 103: // g
        this.#last()
        this.#builder.settle()
        break
      case 105: // i
        this.#setIndex()
        break
      case 122: // z
        this.#last()
        this.#builder.reset()
        break
      case HASH:
        this.#comment()
        break
      default: {
        const letter = quote(this.#text().slice(0, 1))
        throw this.#error(
          `unknown letter ${letter} in ${quote(this.#text())}`,
          'm (map), u (unmap), z (reset), i (index), g (growth), a (alloc) or f (free)',
        )
      }
    }
  }

  /** `cut`: the number of a last line that has no end, and was not taken. */
  finish(cut: number | undefined): SpooledTrace {
    const operations = this.#builder.finish()
    return {
      file: this.#file,
      format: 'operation-log',
      layout: 'log',
      events: operations.length,
      lost: cut === undefined ? NOTHING_LOST : { events: 1, reasons: [cutWords(cut)] },
      pool: readPoolHeader(this.#header, this.#hints),
      usedBefore: 0,
      unplacedBefore: 0,
      operations,
      maps: this.#maps,
      unmaps: this.#unmaps,
      failedMaps: 0,
      failedSlots: 0,
      elsewhere: [],
      direct: 0,
      unfinished: 0,
      unused: { events: {}, otherLines: 0 },
      warnings: [],
    }
  }

  /** Gives back what is held. */
  close(): void {
    this.#builder.finish().close()
  }

  #map(): void {
    const cpu = this.#cpu()
    const id = this.#decimal('id')
    const orig = this.#hex('orig_addr')
    const size = this.#decimal('size')
    const am = this.#hex('alloc_align_mask')
    const mam = this.#hex('min_align_mask')
    const bm = this.#more() && !this.#atDirection() ? this.#hex('seg_boundary_mask') : 0
    const dir = this.#more() ? this.#direction() : Direction.unknown
    this.#last()
    this.#begin(id, size, 'u')
    this.#builder.map({ cpu, id, orig, size, am, mam, bm, dir })
    this.#maps++
  }

  #alloc(): void {
    const cpu = this.#cpu()
    const id = this.#decimal('id')
    const size = this.#decimal('size')
    const mam = this.#hex('min_align_mask')
    const bm = this.#more() ? this.#hex('seg_boundary_mask') : 0
    this.#last()
    this.#begin(id, size, 'f')
    this.#builder.alloc({ cpu, id, size, mam, bm })
    this.#maps++
  }

  #unmap(): void {
    const cpu = this.#cpu()
    const id = this.#decimal('id')
    const noCopy = this.#more()
    if (noCopy && this.#word() !== NO_COPY) {
      throw this.#error(
        `something follows the last field: ${quote(this.#word())}`,
        `the line to end, or ${NO_COPY}`,
      )
    }
    if (noCopy) this.#at += NO_COPY.length
    this.#last()
    this.#finish(id, 'u')
    this.#builder.unmap({ cpu, id, noCopy })
    this.#unmaps++
  }

  #free(): void {
    const cpu = this.#cpu()
    const id = this.#decimal('id')
    this.#last()
    this.#finish(id, 'f')
    this.#builder.free({ cpu, id })
    this.#unmaps++
  }

  #atDirection(): boolean {
    return this.#word() in DIRECTIONS
  }

  #direction(): Direction {
    const word = this.#word()
    const dir = DIRECTIONS[word as keyof typeof DIRECTIONS]
    if (dir === undefined) {
      throw this.#error(`the direction is ${quote(word)}`, Object.keys(DIRECTIONS).join(', '))
    }
    this.#at += word.length
    return dir
  }

  #begin(id: number, size: number, endedBy: 'u' | 'f'): void {
    if (size === 0 || size > MAX_SIZE) {
      throw this.#error(`size is ${size}`, `a size from 1 to ${MAX_SIZE} bytes`)
    }
    if (this.#ids.has(id)) {
      throw this.#error(`id ${id} is mapped already`, 'an id that is not live')
    }
    this.#ids.set(id, endedBy)
  }

  #finish(id: number, letter: 'u' | 'f'): void {
    const endedBy = this.#ids.get(id)
    if (endedBy === undefined) {
      if (this.#ended.get(id)) {
        throw this.#error(`id ${id} was unmapped before`, 'one unmap for each map')
      }
      throw this.#error(`no map named id ${id} is live`, 'the id of an earlier map')
    }
    if (endedBy !== letter) {
      const [from, expected] = letter === 'u' ? ['an alloc', 'f (free)'] : ['a map', 'u (unmap)']
      throw this.#error(`id ${id} is of ${from}`, expected)
    }
    this.#ids.delete(id)
    this.#ended.set(id, true)
  }

  #setIndex(): void {
    const area = this.#decimal('area')
    const index = this.#decimal('index')
    this.#last()
    if (area > MAX_CPU) throw this.#error(`area is ${area}`, `an area up to ${MAX_CPU}`)
    this.#builder.setIndex(area, index, this.#line)
  }

  #comment(): void {
    if (this.#bytes[this.#from + 1] !== BANG) return
    if (this.#header) {
      throw this.#error('a second header', `one #! line, which is line ${this.#header.line}`)
    }
    if (this.#builder.length > 0) {
      throw this.#error('the header comes after operations', 'the #! line before them')
    }
    this.#header = { text: this.#text(), line: this.#line }
  }

  #cpu(): number {
    const cpu = this.#decimal('cpu')
    if (cpu > MAX_CPU) throw this.#error(`cpu is ${cpu}`, `a cpu up to ${MAX_CPU}`)
    return cpu
  }

  /** Goes over the blanks in front of a field; false at the end of the line. */
  #more(): boolean {
    const bytes = this.#bytes
    let at = this.#at
    const before = at
    while (at < this.#end && (bytes[at] === BLANK || bytes[at] === TAB)) at++
    this.#at = at
    if (at >= this.#end) return false
    // An optional field may have been looked for already.
    const apart = at > before || bytes[at - 1] === BLANK || bytes[at - 1] === TAB
    if (!apart) {
      throw this.#error(`malformed line ${quote(this.#text())}`, 'fields with blanks between them')
    }
    return true
  }

  #last(): void {
    if (this.#more()) {
      throw this.#error(
        `something follows the last field: ${quote(this.#word())}`,
        'the line to end',
      )
    }
  }

  #decimal(name: string): number {
    if (!this.#more()) throw this.#missing(name)
    const from = this.#at
    let value = 0
    let at = from
    for (; at < this.#end; at++) {
      const digit = this.#bytes[at] as number
      if (digit < ZERO || digit > NINE) break
      value = value * 10 + (digit - ZERO)
    }
    this.#at = at
    if (at === from || !this.#atGap() || value > Number.MAX_SAFE_INTEGER) {
      this.#at = from
      throw this.#error(`${name} is ${quote(this.#word())}`, 'a decimal integer from 0, below 2^53')
    }
    return value
  }

  #hex(name: string): Address {
    if (!this.#more()) throw this.#missing(name)
    const from = this.#at
    const bytes = this.#bytes
    let at = bytes[from] === ZERO && ((bytes[from + 1] ?? 0) | 32) === 120 ? from + 2 : from
    const first = at
    let value = 0
    for (; at < this.#end; at++) {
      const digit = hexDigit(bytes[at] as number)
      if (digit < 0) break
      value = value * 16 + digit
    }
    this.#at = at
    const digits = at - first
    if (digits === 0 || digits > 16 || !this.#atGap()) {
      this.#at = from
      throw this.#error(`${name} is ${quote(this.#word())}`, 'a hex number of 1 to 16 digits')
    }
    return digits <= SAFE_HEX_DIGITS ? value : BigInt(`0x${bytes.toString('latin1', first, at)}`)
  }

  #atGap(): boolean {
    const next = this.#bytes[this.#at]
    return this.#at >= this.#end || next === BLANK || next === TAB
  }

  #word(): string {
    return this.#bytes.toString('latin1', this.#at, this.#end).split(/[ \t]/)[0] ?? ''
  }

  #text(): string {
    return this.#bytes.toString('latin1', this.#from, this.#end)
  }

  #missing(name: string): TraceError {
    const forms = new Map([
      [
        'm',
        'm <cpu> <id> <orig_addr> <size> <alloc_align_mask> <min_align_mask> [seg_boundary_mask] [direction]',
      ],
      ['u', `u <cpu> <id> [${NO_COPY}]`],
      ['a', 'a <cpu> <id> <size> <min_align_mask> [seg_boundary_mask]'],
      ['f', 'f <cpu> <id>'],
      ['i', 'i <area> <index>'],
    ])
    const form = forms.get(this.#text().slice(0, 1)) ?? name
    return this.#error(`${name} is missing in ${quote(this.#text())}`, form)
  }

  #error(problem: string, expected: string): TraceError {
    return new TraceError(this.#file, this.#line, problem, expected)
  }
}

function hexDigit(byte: number): number {
  if (byte >= ZERO && byte <= NINE) return byte - ZERO
  const lower = byte | 32
  return lower >= 97 && lower <= 102 ? lower - 87 : -1
}
