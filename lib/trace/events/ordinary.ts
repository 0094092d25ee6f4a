/**
 * The lines that traces consist of almost entirely, read without regular expressions: those of
 * `swiotlb_bounced`, `dma_map_page` and `dma_unmap_page` (and `_phys`) in ftrace's layout with context.
 * Whatever is otherwise in a line, if only by a blank, is left to the readers of `lines.ts` and
 * `events.ts`, which know all layouts and say what is wrong.
 */
import { Direction } from '../operations.js'
import type { TraceEvent } from './events.js'
import { FAILED_ADDRESS } from './fields.js'

const BLANK = 32
const HASH = 35
const DOT = 46
const ZERO = 48
const NINE = 57
const COLON = 58
const OPEN = 91
const CLOSE = 93
/** Columns in front of the dash between a task's name and its number, at most. */
const NAME_COLUMNS = 40
/** Digits of which every number is a safe integer. */
const SAFE_DIGITS = 15
const SAFE_HEX_DIGITS = 13
const ALL_ONES = 'ffffffffffffffff'

const DIRECTIONS = [
  ['FROM_DEVICE ', Direction.fromDevice],
  ['TO_DEVICE ', Direction.toDevice],
  ['BIDIRECTIONAL ', Direction.bidirectional],
] as const

const isDigit = (code: number): boolean => code >= ZERO && code <= NINE

/** A field, a tab, and what is no ASCII, are for others to read. */
const NO_DEVICE = /[^!-<>-~]/

/** Threads whose names are remembered. */
const MAX_THREADS = 65536

export class OrdinaryLines {
  #text = ''
  #at = 0
  /** That of the line before. */
  #device = ''
  readonly #threads = new Map<number, string>()

  /** What a line says; undefined where it is not one of these lines. */
  read(text: string, line: number): TraceEvent | undefined {
    this.#text = text
    const pid = this.#columnsBefore()
    if (pid < 0) return undefined
    const cpu = this.#cpu()
    if (cpu < 0) return undefined
    const time = this.#time()
    if (Number.isNaN(time)) return undefined
    const thread = this.#threadOf(pid, cpu)
    if (this.#skip('swiotlb_bounced: ')) return this.#bounced(line, cpu, thread, time)
    const isMap = this.#skip('dma_map_')
    if (!isMap && !this.#skip('dma_unmap_')) return undefined
    if (!this.#skip('page: ') && !this.#skip('phys: ')) return undefined
    this.#blanks()
    return isMap ? this.#map(line, cpu, thread, time) : this.#unmap(line, cpu, thread, time)
  }

  #bounced(line: number, cpu: number, thread: string, time: number): TraceEvent | undefined {
    this.#blanks()
    if (!this.#skip('dev_name: ')) return undefined
    const device = this.#word()
    if (!this.#skip(' dma_mask=')) return undefined
    const mask = this.#hex()
    if (!this.#skip(' dev_addr=')) return undefined
    const orig = this.#hex()
    if (!this.#skip(' size=')) return undefined
    const size = this.#decimal()
    const forced = this.#skip(' FORCE')
    if (!forced && !this.#skip(' NORMAL')) return undefined
    if (Number.isNaN(mask) || Number.isNaN(orig) || Number.isNaN(size) || !this.#atEnd) {
      return undefined
    }
    const maskBits = mask === FAILED_ADDRESS ? 64 : Math.ceil(Math.log2(mask + 1))
    const ns = time * 1e9
    return { kind: 'bounced', line, cpu, thread, time, ns, device, orig, size, maskBits, forced }
  }

  #map(line: number, cpu: number, thread: string, time: number): TraceEvent | undefined {
    const device = this.#word()
    const dir = this.#direction()
    if (dir === undefined || !this.#skip('dma_addr=')) return undefined
    const bus = this.#hex()
    if (!this.#skip(' size=')) return undefined
    const size = this.#decimal()
    if (!this.#skip(' phys_addr=')) return undefined
    const orig = this.#hex()
    if (Number.isNaN(bus) || Number.isNaN(orig) || !(size > 0)) return undefined
    if (!this.#skip(' attrs=')) return undefined
    const ns = time * 1e9
    return {
      kind: 'map',
      line,
      cpu,
      thread,
      time,
      ns,
      device,
      dir,
      segments: [{ bus, orig, size }],
    }
  }

  #unmap(line: number, cpu: number, thread: string, time: number): TraceEvent | undefined {
    const device = this.#word()
    if (this.#direction() === undefined || !this.#skip('dma_addr=')) return undefined
    const bus = this.#hex()
    if (!this.#skip(' size=')) return undefined
    const size = this.#decimal()
    if (Number.isNaN(bus) || !(size > 0)) return undefined
    if (!this.#skip(' attrs=') || !this.#atEnd) return undefined
    const ns = time * 1e9
    return { kind: 'unmap', line, cpu, thread, time, ns, device, bus, size, noCopy: false }
  }

  get #atEnd(): boolean {
    return this.#at === this.#text.length
  }

  #skip(word: string): boolean {
    if (!this.#text.startsWith(word, this.#at)) return false
    this.#at += word.length
    return true
  }

  /**
   * Goes behind `TASK-PID `, and gives the process id; -1 where there is none. A task's name may hold
   * dashes: the first behind which the columns fit ends it.
   */
  #columnsBefore(): number {
    const text = this.#text
    let at = 0
    while (text.charCodeAt(at) === BLANK) at++
    if (text.charCodeAt(at) === HASH) return -1
    const last = at + NAME_COLUMNS
    for (let dash = text.indexOf('-', at); dash >= 0 && dash <= last; ) {
      let pid = 0
      let end = dash + 1
      for (let code = text.charCodeAt(end); isDigit(code); code = text.charCodeAt(++end)) {
        pid = pid * 10 + code - ZERO
      }
      const digits = end - dash - 1
      let next = end
      while (text.charCodeAt(next) === BLANK) next++
      if (digits > 0 && digits < SAFE_DIGITS && next > end && text.charCodeAt(next) === OPEN) {
        this.#at = next + 1
        // In a name, columns may only look as if they fitted.
        return this.#looksLikeCpu() ? pid : -1
      }
      dash = text.indexOf('-', dash + 1)
    }
    return -1
  }

  #looksLikeCpu(): boolean {
    const text = this.#text
    let at = this.#at
    while (isDigit(text.charCodeAt(at))) at++
    return at > this.#at && text.charCodeAt(at) === CLOSE && text.charCodeAt(at + 1) === BLANK
  }

  /** Of `CPU] `. */
  #cpu(): number {
    const cpu = this.#decimal()
    if (Number.isNaN(cpu)) return -1
    this.#at++
    this.#blanks()
    return cpu
  }

  /** Of `FLAGS SECONDS.FRACTION: `, in seconds; NaN where it is otherwise. */
  #time(): number {
    const text = this.#text
    if (!isDigit(text.charCodeAt(this.#at)) || !this.#timeFollows()) {
      // The flags: neither a blank nor a colon in them.
      let code = text.charCodeAt(this.#at)
      for (; code > BLANK && code !== COLON; code = text.charCodeAt(++this.#at));
      if (code !== BLANK) return Number.NaN
      this.#blanks()
    }
    let value = 0
    let digits = 0
    let scale = 0
    for (;;) {
      const code = text.charCodeAt(this.#at)
      if (isDigit(code)) {
        value = value * 10 + code - ZERO
        digits++
        if (scale > 0) scale *= 10
      } else if (code === DOT && scale === 0 && digits > 0) {
        scale = 1
      } else {
        break
      }
      this.#at++
    }
    // A clock without a point counts, and has no seconds.
    if (scale <= 1 || digits > SAFE_DIGITS || !this.#skip(': ')) return Number.NaN
    this.#blanks()
    // Two exact numbers have an exactly rounded quotient, which is that of the digits.
    return value / scale
  }

  /** Whether the word here is a time already: there are no flags. */
  #timeFollows(): boolean {
    const text = this.#text
    let at = this.#at
    for (let code = text.charCodeAt(at); isDigit(code) || code === DOT; ) {
      code = text.charCodeAt(++at)
    }
    return text.charCodeAt(at) === COLON
  }

  #blanks(): void {
    while (this.#text.charCodeAt(this.#at) === BLANK) this.#at++
  }

  /** A word up to a blank; one string for a device that comes again and again. */
  #word(): string {
    const text = this.#text
    const at = this.#at
    const known = this.#device
    if (
      known !== '' &&
      text.startsWith(known, at) &&
      text.charCodeAt(at + known.length) === BLANK
    ) {
      this.#at += known.length
      return known
    }
    const end = text.indexOf(' ', at)
    const word = text.slice(at, end < 0 ? undefined : end)
    if (NO_DEVICE.test(word)) {
      this.#at = text.length
      return ''
    }
    this.#at += word.length
    // A part of the line would keep all of it.
    this.#device = Buffer.from(word, 'latin1').toString('latin1')
    return this.#device
  }

  /** Of ` dir=WORD `. */
  #direction(): Direction | undefined {
    if (!this.#skip(' dir=')) return undefined
    for (const [word, direction] of DIRECTIONS) if (this.#skip(word)) return direction
    return undefined
  }

  #decimal(): number {
    const text = this.#text
    const from = this.#at
    let value = 0
    for (let code = text.charCodeAt(this.#at); isDigit(code); ) {
      value = value * 10 + code - ZERO
      code = text.charCodeAt(++this.#at)
    }
    const digits = this.#at - from
    return digits === 0 || digits > SAFE_DIGITS ? Number.NaN : value
  }

  /** Without 0x in front; FAILED_ADDRESS for all ones. */
  #hex(): number {
    const text = this.#text
    const from = this.#at
    let value = 0
    for (;;) {
      const code = text.charCodeAt(this.#at)
      let digit = code - ZERO
      // At the end of the line there is no code, and so no digit.
      if (!(digit >= 0)) break
      if (digit > 9) {
        digit = (code | 32) - 87
        if (digit < 10 || digit > 15) break
      }
      value = value * 16 + digit
      this.#at++
    }
    const digits = this.#at - from
    if (digits > 0 && digits <= SAFE_HEX_DIGITS) return value
    const all = digits === ALL_ONES.length && text.startsWith(ALL_ONES, from)
    return all ? FAILED_ADDRESS : Number.NaN
  }

  /* The idle tasks of all CPUs share pid 0. */
  #threadOf(pid: number, cpu: number): string {
    const key = pid > 0 ? pid : -1 - cpu
    const known = this.#threads.get(key)
    if (known !== undefined) return known
    if (this.#threads.size >= MAX_THREADS) this.#threads.clear()
    const thread = pid > 0 ? `${pid}` : `${pid}@${cpu}`
    this.#threads.set(key, thread)
    return thread
  }
}
