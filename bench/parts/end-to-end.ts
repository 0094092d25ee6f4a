/** How much of a map+unmap is copy, how much lock and search, how much tracker. */
import {
  type Estimate,
  estimate,
  type TimedVariant,
  timeVariants,
  type VariantTiming,
} from 'swiotlb-lab'
import type { Context, Part } from '../part.js'
import { steady } from '../scenarios.js'
import { conditions, ns, percent, table, threadWords } from '../text.js'

/** 0: no copy at all, with mappings of 4 KiB. */
const SIZES = [0, 2048, 4096, 16384, 65536, 262144] as const
const trackers = ['off', 'global-atomic', 'per-area'] as const
type Tracked = Exclude<(typeof trackers)[number], 'off'>

/** One turn: the same scenario without copies and with them; each time the pools are new. */
interface Turn {
  readonly bare: VariantTiming
  /** Null where nothing is copied. */
  readonly full: VariantTiming | null
}

/** Of one size; nanoseconds of a map+unmap. */
interface Shares {
  readonly bytes: number
  /** `off` without copies. */
  readonly lockAndSearch: Estimate
  /** `off` with copies less that; null where nothing is copied. */
  readonly copy: Estimate | null
  /** The tracker less `off`, in the same rounds. */
  readonly tracker: Readonly<Record<Tracked, Estimate>>
  /** `off` less `off`, likewise: a tracker's share inside this band means nothing. */
  readonly noise: Estimate
}

async function turn(
  bytes: number,
  threads: number,
  number: number,
  { quick, signal }: Context,
): Promise<Turn> {
  const time = (copy: boolean): Promise<VariantTiming> =>
    timeVariants(
      steady(
        { threads, placement: 'spread', bytes: bytes || 4096, copy, rounds: quick ? 4 : 7 },
        { quick },
      ),
      trackers.map((tracker) => ({ tracker })),
      { signal },
    )
  if (bytes === 0) return { bare: await time(false), full: null }
  // Which of the two comes first alternates.
  if (number % 2 === 0) {
    const bare = await time(false)
    return { bare, full: await time(true) }
  }
  const full = await time(true)
  return { bare: await time(false), full }
}

function variantOf({ variants }: VariantTiming, tracker: string): TimedVariant {
  const found = variants.find((variant) => variant.tracker === tracker)
  if (!found) throw new Error(`${tracker} was not timed`)
  return found
}

const offMedian = (timed: VariantTiming): number =>
  variantOf(timed, 'off').throughput.nsPerPair.median

type Rounds = readonly (number | null)[]

/** Round by round; NaN where either was dropped. */
const differences = (a: Rounds, b: Rounds): number[] =>
  a.map((value, i) => (value ?? Number.NaN) - (b[i] ?? Number.NaN))

function sharesOf(bytes: number, turns: readonly Turn[]): Shares {
  const whole = turns.map(({ bare, full }) => full ?? bare)
  const lessOff = (rounds: (timed: VariantTiming) => Rounds): Estimate =>
    estimate(whole.flatMap((timed) => differences(rounds(timed), variantOf(timed, 'off').roundsNs)))
  return {
    bytes,
    lockAndSearch: estimate(turns.map(({ bare }) => offMedian(bare))),
    copy:
      bytes === 0
        ? null
        : estimate(
            turns.map(({ bare, full }) => (full ? offMedian(full) : Number.NaN) - offMedian(bare)),
          ),
    tracker: {
      'global-atomic': lessOff((timed) => variantOf(timed, 'global-atomic').roundsNs),
      'per-area': lessOff((timed) => variantOf(timed, 'per-area').roundsNs),
    },
    noise: lessOff((timed) => timed.controlNs),
  }
}

/** How far from nothing `off` was from itself, to either side. */
const noiseReach = ({ noise }: Shares): number =>
  Math.max(Math.abs(noise.low), Math.abs(noise.high))

const stands = (shares: Shares, tracker: Tracked): boolean =>
  shares.tracker[tracker].low > noiseReach(shares)

/** A map+unmap without tracking. */
const untracked = ({ lockAndSearch, copy }: Shares): number =>
  lockAndSearch.median + (copy?.median ?? 0)

/** A share of a map+unmap of which this tracker is a part. */
function trackerShare(shares: Shares, tracker: Tracked): number {
  const cost = shares.tracker[tracker].median
  return cost / (untracked(shares) + Math.max(cost, 0))
}

const sizeWords = (bytes: number): string =>
  bytes === 0 ? '0 (4 KiB, no copy)' : `${bytes / 1024} KiB`

function trackerCell(shares: Shares, tracker: Tracked): string {
  const { median, low, high } = shares.tracker[tracker]
  const mark = stands(shares, tracker) ? '' : ' ~'
  return `${ns(median)} [${ns(low)} - ${ns(high)}] = ${percent(trackerShare(shares, tracker))}${mark}`
}

function lines(all: readonly Shares[]): string {
  const cell = (part: Estimate | null, whole: number): string =>
    part
      ? `${ns(part.median)} [${ns(part.low)} - ${ns(part.high)}] = ${percent(part.median / whole)}`
      : '-'
  const head = [
    'size',
    'ns, off',
    'lock and search',
    'copy',
    '+ global-atomic',
    '+ per-area',
    'noise',
  ]
  return table(
    head,
    all.map((shares) => [
      sizeWords(shares.bytes),
      ns(untracked(shares)),
      cell(shares.lockAndSearch, untracked(shares)),
      cell(shares.copy, untracked(shares)),
      trackerCell(shares, 'global-atomic'),
      trackerCell(shares, 'per-area'),
      `[${ns(shares.noise.low)} - ${ns(shares.noise.high)}]`,
    ]),
  )
}

/** What the figures say about one tracker, in a sentence. */
function finding(all: readonly Shares[], tracker: Tracked): string {
  const seen = all.filter((shares) => stands(shares, tracker))
  if (seen.length === 0) return `${tracker}: inside the noise at every size.`
  const words = seen.map(
    (shares) => `${percent(trackerShare(shares, tracker))} at ${sizeWords(shares.bytes)}`,
  )
  const hidden = all.filter((shares) => !seen.includes(shares)).map(({ bytes }) => sizeWords(bytes))
  const rest = hidden.length > 0 ? `; inside the noise at ${hidden.join(', ')}` : ''
  return `${tracker}, share of a map+unmap: ${words.join(', ')}${rest}.`
}

/** The turn in the middle stands for how all were made. */
function conditionsOf(turns: readonly Turn[]): string {
  const middle = turns[Math.floor(turns.length / 2)]
  return middle ? conditions((middle.full ?? middle.bare).timing) : ''
}

export const endToEnd: Part = {
  name: 'end-to-end',
  question: 'how much of a map+unmap is copy, lock and search, tracker',
  run: async (context) => {
    const count = context.quick ? 3 : 7
    const texts = [
      '16 in flight, one copy to the device for each pair; shares of lock and search and of copy are of',
      'a pair without tracking, those of a tracker of a pair with it; ~ inside the noise (no goals)',
    ]
    const data: unknown[] = []
    for (const threads of [1, 2]) {
      const all: Shares[] = []
      let last: Turn[] = []
      for (const bytes of SIZES) {
        context.progress(`${threadWords(threads)}, ${sizeWords(bytes)}`)
        last = []
        for (let i = 0; i < count; i++) last.push(await turn(bytes, threads, i, context))
        all.push(sharesOf(bytes, last))
        data.push({ threads, bytes, shares: all.at(-1), turns: last })
      }
      texts.push(
        '',
        `${threadWords(threads)}, ${count} turns with copies and without, alternated`,
        lines(all),
        `${conditionsOf(last)} (the last size's middle turn)`,
        finding(all, 'global-atomic'),
        finding(all, 'per-area'),
      )
    }
    return { text: texts.join('\n'), goals: [], data }
  },
}
