/** From lines to what was said: each line by itself, or with those that it was broken into. */
import { mentionOf } from './bare-command-line.js'
import type { Line } from './clean.js'
import { CounterReader } from './counters.js'
import { beginsDevice } from './device.js'
import type { AnyHeard, Said } from './events.js'
import { wordings } from './messages.js'

/** A message that was broken into more lines than this is not put together. */
const MOST_PIECES = 6

/** Beginnings of messages that can be long enough to be broken. */
const OPENERS =
  /swiotlb|software io tlb|sw-iommu|bounce buffer|tlb structure|command line:|io_tlb_/i

/** A line may also end within such a word. */
const KEYWORDS = [
  'swiotlb buffer is full',
  'software IO TLB',
  'swiotlb addr',
  'DMA: Out of SW-IOMMU',
]
/** Shorter beginnings of it are the ends of many words. */
const TELLING = 3
const endsWithin = (text: string): boolean =>
  /(?:^|: )(?:s|sw)$/.test(text) ||
  KEYWORDS.some((word) => {
    for (let length = word.length - 1; length >= TELLING; length--) {
      if (text.endsWith(word.slice(0, length))) return true
    }
    return false
  })

interface Found {
  readonly said: Said
  /** How many of its numbers are there; what has more is the better reading. */
  readonly worth: number
  /** Where the match ends. */
  readonly end: number
}

/** Of a failure with all three numbers. */
const WHOLE_FAILURE = 7

function worthOf(said: Said): number {
  if (said.kind !== 'full') return said.kind === 'sentence' ? -1 : 1
  const numbers = [said.bytes, said.total, said.used].filter((value) => value !== null).length
  return 1 + 2 * numbers - (said.cut ? 1 : 0)
}

function recognise(text: string): Found | undefined {
  for (const { pattern, read } of wordings) {
    const match = pattern.exec(text)
    const said = match ? read(match) : undefined
    if (match && said) return { said, worth: worthOf(said), end: match.index + match[0].length }
  }
  return undefined
}

/** The ways in which two pieces may have hung together: at a blank, or within a word. */
function joints(left: string, right: string): readonly string[] {
  // No message has two numbers with nothing but a blank between them.
  if (/\d$/.test(left) && /^\d/.test(right)) return ['']
  return [' ', '']
}

/** All texts that the pieces may have been, with where the last piece begins. */
function joined(pieces: readonly string[]): { readonly text: string; readonly last: number }[] {
  let texts = [{ text: pieces[0] ?? '', last: 0 }]
  for (const piece of pieces.slice(1)) {
    texts = texts.flatMap(({ text }) =>
      joints(text, piece).map((joint) => ({
        text: text + joint + piece,
        last: text.length + joint.length,
      })),
    )
  }
  return texts
}

interface Reading {
  readonly said: Said
  readonly pieces: number
  /** The device, where the break is within its name. */
  readonly brokenName?: string
}

/** Most devices are a driver and a name: of two ways to join one, the likelier has less here. */
function oddness(said: Said): number {
  const device = 'device' in said ? said.device : null
  return device === null ? 2 : Math.abs(device.split(' ').length - 2)
}

/** A name that goes over the end of the first line may have had a blank there, or not. */
function brokenName(said: Said, text: string, firstLength: number): { brokenName?: string } {
  const device = 'device' in said ? said.device : null
  if (device === null) return {}
  const start = text.indexOf(device)
  const broken = start >= 0 && start < firstLength && start + device.length > firstLength
  return broken ? { brokenName: device } : {}
}

/** Whether nothing can be missing: only failures have parts that may follow. */
const isWhole = (alone: Found | undefined): boolean =>
  alone !== undefined &&
  alone.said.kind !== 'sentence' &&
  (alone.said.kind !== 'full' || alone.worth === WHOLE_FAILURE)

/** A counter with its value, to the end of the line: nothing of it can be missing. */
const COUNTED = /io_tlb_\w+\W{1,3}\d{1,24}$/

/** Whether a line can go on in the next. */
const opens = ({ text, stamped }: Line): boolean =>
  (OPENERS.test(text) && !COUNTED.test(text)) || endsWithin(text) || (stamped && beginsDevice(text))

/** What a line says, put together with as many of the next as make it say more. */
function readAt(lines: readonly Line[], at: number): Reading | undefined {
  const first = lines[at]
  if (!first) return undefined
  const alone = recognise(first.text)
  let best: Reading | undefined = alone && { said: alone.said, pieces: 1 }
  let worth = alone?.worth ?? 0
  if (!opens(first) || isWhole(alone)) return best
  const pieces = [first.text]
  for (let n = 1; n < MOST_PIECES; n++) {
    const next = lines[at + n]
    // A line with a stamp of its own begins something new.
    if (!next || next.stamped || next.text === '') break
    pieces.push(next.text)
    for (const { text, last } of joined(pieces)) {
      const found = recognise(text)
      if (!found || found.end <= last || found.worth < worth) continue
      // What is whole by itself is no beginning of something else.
      if (alone && alone.worth > 0 && alone.said.kind !== found.said.kind) continue
      const likelier = best?.pieces === n + 1 && oddness(found.said) < oddness(best.said)
      if (found.worth === worth && !likelier) continue
      worth = found.worth
      best = { said: found.said, pieces: n + 1, ...brokenName(found.said, text, first.text.length) }
    }
  }
  return best
}

/** Words of a command line, as they stand in a line that is the rest of one. */
const PARAMETER = /^[\w.,:/-]+(?:=\S*)?$/
/** A value of swiotlb= at the end, which may go on. */
const OPEN_VALUE = /swiotlb=[\w,]*$/

function isRest({ text, stamped }: Line, before: string): boolean {
  if (stamped || text === '' || /io_tlb_/.test(text)) return false
  const words = text.split(/\s+/)
  if (!words.every((word) => PARAMETER.test(word.replace(/^[\w.-]+=["'].*$/, 'quoted='))))
    return false
  return /=/.test(text) || (OPEN_VALUE.test(before) && /^[\d,]/.test(text))
}

/** A command line goes on in the lines behind it, where mail or a terminal broke it. */
function wholeCommandLine(lines: readonly Line[], at: number, text: string): Reading {
  const first = lines[at]
  let all = text
  let pieces = 1
  for (;;) {
    const next = lines[at + pieces]
    if (!first?.stamped || !next || !isRest(next, all)) break
    const within = OPEN_VALUE.test(all) && /^[\d,]/.test(next.text)
    all += (within ? '' : ' ') + next.text
    pieces++
  }
  return { said: { kind: 'command-line', text: all, printed: true }, pieces }
}

/**
 * Earlier stamps than the one before by more than this, s, are of another boot: within one the clock
 * goes back by less, when a better one takes over or when CPUs print at the same time.
 */
const BACK_S = 1

/** Messages that a boot has once: word for word again, and at an earlier time, they are of another. */
const ONCE: ReadonlySet<Said['kind']> = new Set<Said['kind']>([
  'version',
  'memory',
  'encrypted',
  'areas',
  'adjusted',
  'roundup',
  'mapped',
])

/** What stamps come behind a line; null where none does. */
interface Behind {
  readonly next: number | null
  /** The first of a clock that runs: not of 0. */
  readonly running: number | null
}

const NONE_BEHIND: Behind = { next: null, running: null }

/** Which boot of the text a line is of, told by stamps that go back and by how boots begin. */
class Boots {
  #boot = 0
  #latest: number | null = null
  #any = false
  readonly #once = new Set<string>()

  /** `behind`: the stamps that come behind this line's. */
  of({ uptime, text }: Line, said: Said | undefined, behind: Behind): number {
    const begins = said?.kind === 'boot' || (said?.kind === 'version' && /Linux version/.test(text))
    if (uptime !== null) {
      const latest = this.#latest ?? Number.NEGATIVE_INFINITY
      const back = uptime < latest - BACK_S
      // One line that came late is of no other boot, unless it says that it begins one. Nor are several
      // in a row of a CPU whose clock does not run yet.
      const next = uptime === 0 && said === undefined ? behind.running : behind.next
      const late = back && next !== null && next >= latest - BACK_S
      const again = uptime < latest && this.#once.has(text)
      if (begins || again ? uptime < latest : back && !late) {
        this.#boot++
        this.#once.clear()
      }
      if (said && ONCE.has(said.kind)) this.#once.add(text)
      if (!late || begins || again) this.#latest = uptime
    }
    if (begins && uptime === null) {
      // A text may begin with the boot that it is of.
      if (this.#any) this.#boot++
      this.#latest = null
    }
    this.#any ||= said !== undefined
    return this.#boot
  }
}

/** The stamps behind each line. */
function stampsBehind(lines: readonly Line[]): Behind[] {
  const stamps: Behind[] = []
  let behind = NONE_BEHIND
  for (let at = lines.length - 1; at >= 0; at--) {
    stamps[at] = behind
    const next = lines[at]?.uptime ?? null
    if (next !== null) behind = { next, running: next === 0 ? behind.running : next }
  }
  return stamps
}

/** What a line says that no kernel prints: counters, or a command line by itself. */
function readTyped(line: Line, counters: CounterReader): Said | undefined {
  const values = counters.read(line.text)
  if (values) return { kind: 'counters', values }
  const mention = mentionOf(line.text)
  if (mention === undefined) return undefined
  if (mention === 'sentence') return { kind: 'sentence' }
  return { kind: 'command-line', text: line.text, printed: false }
}

/** All that a text says, in its order. Lines that say nothing of interest are left out. */
export function hear(lines: readonly Line[]): AnyHeard[] {
  const heard: AnyHeard[] = []
  const boots = new Boots()
  const stamps = stampsBehind(lines)
  const counters = new CounterReader()
  for (let at = 0; at < lines.length; ) {
    const line = lines[at]
    if (!line) break
    const read = readAt(lines, at)
    const reading =
      read?.said.kind === 'command-line' ? wholeCommandLine(lines, at, read.said.text) : read
    const said = reading?.said ?? readTyped(line, counters)
    const pieces = reading?.pieces ?? 1
    const boot = boots.of(line, said, stamps[at + pieces - 1] ?? NONE_BEHIND)
    const where = {
      ...{ boot, uptime: line.uptime, times: line.times },
      lines: [...new Set(lines.slice(at, at + pieces).map(({ number }) => number))],
    }
    if (said) heard.push({ ...where, said } as AnyHeard)
    if (reading?.brokenName !== undefined) {
      heard.push({ ...where, said: { kind: 'broken-name', device: reading.brokenName } })
    }
    at += pieces
  }
  const left = counters.flush()
  const last = lines.at(-1)
  if (left.length > 0 && last) {
    const said: Said = { kind: 'counters', values: left }
    const boot = boots.of({ ...last, uptime: null }, undefined, NONE_BEHIND)
    heard.push({ said, boot, uptime: null, times: 1, lines: [last.number] } as AnyHeard)
  }
  return heard
}
