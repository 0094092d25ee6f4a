/** Reads operation logs. What their lines are is told in `format.ts`. */
import { countOf, verbOf } from '../../data/units.js'
import { Spool } from '../bytes/spool.js'
import { cutWords } from '../events/scan.js'
import { Direction } from '../operations.js'
import { OperationsBuilder } from '../operations-builder.js'
import { RecentMap } from '../recent.js'
import type { SpooledTrace, TraceHints } from '../trace.js'
import { quote } from '../trace-error.js'
import { directions, forms, type Letter, NO_COPY, targets } from './format.js'
import { HEADER, readPoolHeader } from './header.js'
import { LogLine } from './line.js'

const MAX_CPU = 2 ** 32 - 1
/** Far beyond a segment. The number of slots of a larger one would not fit in the allocator's word. */
const MAX_SIZE = 2 ** 32 - 1
/** Ids that are remembered when they are live no more. */
const MAX_ENDED = 131072
const NOTHING_LOST = { events: 0, reasons: [] }

/** Reads a log, line by line. Values of its header win over the hints. Throws TraceError. */
export class LogReader {
  readonly #hints: TraceHints
  readonly #builder = new OperationsBuilder(new Spool())
  /** Every id that is live: the letter that ends it. */
  readonly #ids = new Map<number, 'u' | 'f'>()
  /** Sizes of maps that are live. */
  readonly #sizes = new Map<number, number>()
  /** Ids that are live no more, the latest of them: for better words. */
  readonly #ended = new RecentMap<number, true>(MAX_ENDED)
  readonly #take: { readonly [letter in Letter]: (line: LogLine) => void } = {
    m: (line) => this.#map(line),
    u: (line) => this.#unmap(line),
    s: (line) => this.#sync(line),
    z: (line) => this.#reset(line),
    i: (line) => this.#setIndex(line),
    g: (line) => this.#settle(line),
    a: (line) => this.#alloc(line),
    f: (line) => this.#free(line),
  }
  /** The one that is read: it becomes each line in turn. */
  readonly #line: LogLine
  #header: LogLine | undefined
  #maps = 0
  #unmaps = 0

  constructor(hints: TraceHints) {
    this.#hints = hints
    this.#line = new LogLine(hints.file)
  }

  /** One line, without its end: what stands in `bytes` from `from` to before `end`. */
  take(bytes: Buffer, from: number, end: number, number: number): void {
    const line = this.#line.set(bytes, from, end, number)
    const { letter } = line
    if (letter === '') return
    if (letter === '#') {
      if (line.text.startsWith(HEADER)) this.#readHeader(line)
    } else if (isLetter(letter)) {
      line.begin(forms[letter])
      this.#take[letter](line)
    } else {
      line.fail(
        `unknown letter ${quote(letter)} in ${quote(line.text)}`,
        'm (map), u (unmap), s (sync), z (reset), i (index), g (growth), a (alloc) or f (free)',
      )
    }
  }

  /** `cut`: the number of a last line that has no end, and was not taken. */
  *finish(cut: number | undefined): Generator<void, SpooledTrace> {
    yield
    const operations = this.#builder.finish()
    return {
      file: this.#hints.file,
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

  #readHeader(line: LogLine): void {
    if (this.#header) {
      line.fail('a second header', `one #! line, which is line ${this.#header.number}`)
    }
    if (this.#builder.length > 0) {
      line.fail('the header comes after operations', 'the #! line before them')
    }
    this.#header = LogLine.of(this.#hints.file, line.text, line.number)
  }

  #map(line: LogLine): void {
    const { cpu, id } = who(line)
    const orig = line.hex('orig_addr')
    const size = line.decimal('size')
    const am = line.hex('alloc_align_mask')
    const mam = line.hex('min_align_mask')
    const bm = line.more && !directions.has(line.word) ? line.hex('seg_boundary_mask') : 0
    const dir = line.more ? direction(line) : Direction.unknown
    line.end()
    this.#begin(line, id, size, 'u')
    this.#builder.map({ cpu, id, orig, size, am, mam, bm, dir })
  }

  #sync(line: LogLine): void {
    const { cpu, id } = who(line)
    const offset = line.decimal('offset')
    const size = line.decimal('size')
    const target = targets.find((name) => name === line.word)
    if (!target) line.fail(`a sync for ${quote(line.word)}`, targets.join(' or '))
    line.skip()
    line.end()
    const whole = this.#sizes.get(id)
    if (whole === undefined) {
      line.fail(`no map named id ${id} is live`, 'the id of an earlier map')
    }
    if (size === 0 || offset + size > whole) {
      line.fail(
        `a sync of ${countOf(size, 'byte')} from ${offset} on`,
        `a part of the ${countOf(whole, 'byte')} that ${verbOf(whole, 'is', 'are')} mapped`,
      )
    }
    this.#builder.sync({ cpu, id, offset, size, target })
  }

  #alloc(line: LogLine): void {
    const { cpu, id } = who(line)
    const size = line.decimal('size')
    const mam = line.hex('min_align_mask')
    const bm = line.more ? line.hex('seg_boundary_mask') : 0
    line.end()
    this.#begin(line, id, size, 'f')
    this.#builder.alloc({ cpu, id, size, mam, bm })
  }

  #unmap(line: LogLine): void {
    const { cpu, id } = who(line)
    const noCopy = line.more && line.word === NO_COPY
    if (noCopy) line.skip()
    line.end(noCopy ? undefined : `the line to end, or ${NO_COPY}`)
    this.#end(line, id, 'u')
    this.#builder.unmap({ cpu, id, noCopy })
  }

  #free(line: LogLine): void {
    const { cpu, id } = who(line)
    line.end()
    this.#end(line, id, 'f')
    this.#builder.free({ cpu, id })
  }

  #reset(line: LogLine): void {
    line.end()
    this.#builder.reset()
  }

  #settle(line: LogLine): void {
    line.end()
    this.#builder.settle()
  }

  #setIndex(line: LogLine): void {
    const area = line.decimal('area')
    const index = line.decimal('index')
    line.end()
    if (area > MAX_CPU) line.fail(`area is ${area}`, `an area up to ${MAX_CPU}`)
    this.#builder.setIndex(area, index, line.number)
  }

  #begin(line: LogLine, id: number, size: number, endedBy: 'u' | 'f'): void {
    if (size === 0 || size > MAX_SIZE) {
      line.fail(`size is ${size}`, `a size from 1 to ${MAX_SIZE} bytes`)
    }
    if (this.#ids.has(id)) line.fail(`id ${id} is mapped already`, 'an id that is not live')
    this.#ids.set(id, endedBy)
    if (endedBy === 'u') this.#sizes.set(id, size)
    this.#maps++
  }

  #end(line: LogLine, id: number, letter: 'u' | 'f'): void {
    const endedBy = this.#ids.get(id)
    if (endedBy === undefined) {
      if (this.#ended.get(id)) {
        line.fail(`id ${id} was unmapped before`, 'one unmap for each map')
      }
      line.fail(`no map named id ${id} is live`, 'the id of an earlier map')
    }
    if (endedBy !== letter) {
      const [from, expected] = letter === 'u' ? ['an alloc', 'f (free)'] : ['a map', 'u (unmap)']
      line.fail(`id ${id} is of ${from}`, expected)
    }
    this.#ids.delete(id)
    this.#sizes.delete(id)
    this.#ended.set(id, true)
    this.#unmaps++
  }
}

function isLetter(text: string): text is Letter {
  return text in forms
}

/* What nearly every operation begins with. */
function who(line: LogLine): { readonly cpu: number; readonly id: number } {
  const cpu = line.decimal('cpu')
  if (cpu > MAX_CPU) line.fail(`cpu is ${cpu}`, `a cpu up to ${MAX_CPU}`)
  return { cpu, id: line.decimal('id') }
}

function direction(line: LogLine): Direction {
  const { word } = line
  const found = directions.get(word)
  if (found === undefined) {
    line.fail(`the direction is ${quote(word)}`, [...directions.keys()].join(', '))
  }
  line.skip()
  return found
}
