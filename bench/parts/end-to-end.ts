/** How much of a map+unmap is copy, how much lock and search, how much tracker. */
import { type TimedVariant, timeVariants, type VariantTiming } from 'swiotlb-lab'
import type { Band, Figure } from '../figure.js'
import type { Context, Part } from '../part.js'
import { regimeWords, type Sorting, sortRounds } from '../regime.js'
import { steady } from '../scenarios.js'
import { changedText, conditions, ns, nsBand, percent, table, threadWords } from '../text.js'
import {
  inTurns,
  overOff,
  type Runs,
  roundsOf,
  runsByRegime,
  timingSeconds,
  tryOverOff,
  variantOf,
} from '../tries.js'
import { bandOf, figure } from '../verdict.js'

/** 0: no copy at all, with mappings of 4 KiB. */
const SIZES = [0, 2048, 4096, 16384, 65536, 262144] as const
const ROUNDS = 9
const trackers = ['off', 'global-atomic', 'per-area'] as const
type Tracked = Exclude<(typeof trackers)[number], 'off'>

/** One turn: the same scenario without copies and with them; each time the pools are new. */
interface Turn {
  readonly bare: VariantTiming
  /** Null where nothing is copied. */
  readonly full: VariantTiming | null
}

/** Of one size; nanoseconds of a map+unmap. Null where every round was dropped. */
interface Shares {
  readonly bytes: number
  /** `off` without copies; null where that was never timed in this regime. */
  readonly lockAndSearch: Band | null
  /** `off` with copies less that; null where nothing is copied, or as above. */
  readonly copy: Band | null
  /** The tracker less `off`, in the same rounds. */
  readonly tracker: Readonly<Record<Tracked, Band | null>>
  /** `off` less `off`, likewise: a tracker's share inside this band means nothing. */
  readonly noise: Band | null
  /** A map+unmap without tracking, with its copies. */
  readonly whole: Band | null
}

async function turn(
  bytes: number,
  threads: number,
  number: number,
  context: Context,
): Promise<Turn> {
  const time = (copy: boolean): Promise<VariantTiming> =>
    timeVariants(
      steady({ threads, placement: 'spread', bytes: bytes || 4096, copy, rounds: ROUNDS }, context),
      trackers.map((tracker) => ({ tracker })),
      { signal: context.signal },
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

const timedOf = ({ bare, full }: Turn): VariantTiming => full ?? bare

/** Round by round, less an `off` with areas of the same size; NaN where either was dropped. */
function lessOff(variant: TimedVariant): number[] {
  const ratios = overOff(variant)
  return roundsOf(variant).map((ns, i) => ns - ns / (ratios[i] ?? Number.NaN))
}

/** `off` less itself, likewise. */
const lessItself = (timed: VariantTiming): number[] =>
  roundsOf(variantOf(timed, 'off')).map((ns, i) => (timed.controlNs[i] ?? Number.NaN) - ns)

export function sharesOf(bytes: number, turns: readonly Turn[], { pick }: Runs): Shares {
  const whole = turns.map(timedOf)
  const offMedian = (timed: VariantTiming | null): number => {
    const rounds = timed ? pick(timed, roundsOf(variantOf(timed, 'off'))) : []
    return bandOf([rounds])?.median ?? Number.NaN
  }
  const band = (values: (timed: VariantTiming) => readonly number[]): Band | null =>
    bandOf(whole.map((timed) => pick(timed, values(timed))))
  const bare = turns.map((one) => offMedian(one.bare)).filter(Number.isFinite)
  // Of turns of which both halves were in the regime.
  const copies = turns
    .map((one) => offMedian(one.full) - offMedian(one.bare))
    .filter(Number.isFinite)
  return {
    bytes,
    lockAndSearch: bandOf([bare]),
    copy: bandOf([copies]),
    tracker: {
      'global-atomic': band((timed) => lessOff(variantOf(timed, 'global-atomic'))),
      'per-area': band((timed) => lessOff(variantOf(timed, 'per-area'))),
    },
    noise: band(lessItself),
    whole: band((timed) => roundsOf(variantOf(timed, 'off'))),
  }
}

/** How far from nothing `off` was from itself, to either side; nothing stands out where it is not known. */
const noiseReach = ({ noise }: Shares): number =>
  noise ? Math.max(Math.abs(noise.low), Math.abs(noise.high)) : Number.POSITIVE_INFINITY

/** A share of a map+unmap of which this tracker is a part; NaN where nothing was timed. */
function trackerShare({ tracker, whole }: Shares, name: Tracked): number {
  const cost = tracker[name]?.median ?? Number.NaN
  return cost / ((whole?.median ?? Number.NaN) + Math.max(cost, 0))
}

const stands = (shares: Shares, tracker: Tracked): boolean =>
  (shares.tracker[tracker]?.low ?? Number.NEGATIVE_INFINITY) > noiseReach(shares) &&
  Number.isFinite(trackerShare(shares, tracker))

const sizeWords = (bytes: number): string =>
  bytes === 0 ? '0 (4 KiB, no copy)' : `${bytes / 1024} KiB`

function trackerCell(shares: Shares, tracker: Tracked): string {
  const share = trackerShare(shares, tracker)
  if (!Number.isFinite(share)) return nsBand(shares.tracker[tracker])
  const mark = stands(shares, tracker) ? '' : ' ~'
  return `${nsBand(shares.tracker[tracker])} = ${percent(share)}${mark}`
}

export function lines(all: readonly Shares[]): string {
  const cell = (part: Band | null, whole: Band | null): string =>
    part && whole ? `${nsBand(part)} = ${percent(part.median / whole.median)}` : nsBand(part)
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
      shares.whole ? ns(shares.whole.median) : '-',
      cell(shares.lockAndSearch, shares.whole),
      cell(shares.copy, shares.whole),
      trackerCell(shares, 'global-atomic'),
      trackerCell(shares, 'per-area'),
      shares.noise ? `[${ns(shares.noise.low)} - ${ns(shares.noise.high)}]` : '-',
    ]),
  )
}

/** What the figures say about one tracker, in a sentence. */
function finding(all: readonly Shares[], tracker: Tracked): string {
  const known = all.filter(
    (shares) => shares.noise && Number.isFinite(trackerShare(shares, tracker)),
  )
  if (known.length === 0) return `${tracker}: nothing to tell, every round was dropped.`
  const seen = known.filter((shares) => stands(shares, tracker))
  if (seen.length === 0) return `${tracker}: inside the noise at every size.`
  const words = seen.map(
    (shares) => `${percent(trackerShare(shares, tracker))} at ${sizeWords(shares.bytes)}`,
  )
  const hidden = known
    .filter((shares) => !seen.includes(shares))
    .map(({ bytes }) => sizeWords(bytes))
  const rest = hidden.length > 0 ? `; inside the noise at ${hidden.join(', ')}` : ''
  return `${tracker}, share of a map+unmap: ${words.join(', ')}${rest}.`
}

/** Each tracker over `off`, with the copies. */
const figuresOf = (
  bytes: number,
  threads: number,
  turns: readonly Turn[],
  sorting: Sorting,
): Figure[] =>
  (['global-atomic', 'per-area'] as const).map((tracker) =>
    figure(
      {
        id: `end-to-end/${threads}/${bytes / 1024}-kib/${tracker}`,
        what: `${tracker} / off, ${threadWords(threads)}, ${sizeWords(bytes)}`,
      },
      turns.map(timedOf).map((timed) => tryOverOff(timed, variantOf(timed, tracker))),
      sorting,
    ),
  )

const THREADS = [1, 2] as const
const cells = THREADS.flatMap((threads) => SIZES.map((bytes) => ({ threads, bytes })))

/** One number of threads, in one regime: a line for each size of which a turn was in it. */
function block(threads: number, made: readonly (readonly Turn[])[], sorting: Sorting): string[] {
  const turnsOf = new Map<number, readonly Turn[]>(
    cells.flatMap((cell, i) =>
      cell.threads === threads ? [[cell.bytes, made[i] ?? []] as const] : [],
    ),
  )
  const timed = [...turnsOf.values()].flat().map(timedOf)
  return runsByRegime(timed, sorting).flatMap((runs) => {
    const turns = (bytes: number): Turn[] =>
      (turnsOf.get(bytes) ?? []).filter((one) => runs.runs.includes(timedOf(one)))
    const seen = SIZES.filter((bytes) => turns(bytes).length > 0)
    const all = seen.map((bytes) => sharesOf(bytes, turns(bytes), runs))
    return [
      '',
      `${threadWords(threads)}; timed CPUs: ${regimeWords(runs.regime)}`,
      lines(all),
      conditions(runs),
      finding(all, 'global-atomic'),
      finding(all, 'per-area'),
    ]
  })
}

export const endToEnd: Part = {
  name: 'end-to-end',
  question: 'how much of a map+unmap is copy, lock and search, tracker',
  seconds: (context) =>
    cells.length *
    context.tries *
    2 *
    timingSeconds({ variants: trackers.length + 1, rounds: ROUNDS }, context),
  run: async (context) => {
    const made = await inTurns(cells, context, ({ threads, bytes }, number) => {
      context.progress(`${threadWords(threads)}, ${sizeWords(bytes)}, turn ${number}`)
      return turn(bytes, threads, number, context)
    })
    const timed = made.flat().flatMap(({ bare, full }) => (full ? [bare, full] : [bare]))
    const sorting = sortRounds(timed)
    return {
      text: [
        '16 in flight, one copy to the device for each pair; shares of lock and search and of copy are of',
        'a pair without tracking, those of a tracker (less an off with areas of the same size) of a pair\n' +
          'with it; ~ inside the noise (no targets);',
        'each try is a turn with copies and one without, alternated',
        ...THREADS.flatMap((threads) => block(threads, made, sorting)),
        ...changedText(timed, sorting),
      ].join('\n'),
      figures: cells.flatMap(({ threads, bytes }, i) =>
        figuresOf(bytes, threads, made[i] ?? [], sorting),
      ),
      data: cells.map((cell, i) => ({ ...cell, turns: made[i] })),
    }
  },
}
