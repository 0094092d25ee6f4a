/** README's questions and what the kept results answer. */
import { formatBytes } from 'swiotlb-lab'
import { MODELS } from '../causes-virtual.js'
import type { KeptFile } from '../kept.js'
import { regimeWords } from '../regime.js'
import { places } from '../scenarios.js'
import { type ManyFile, moreThreads } from './many.js'
import { BREAK } from './markdown.js'
import { NOT_MEASURED, type Place, type Point, rangeWords, type Seen } from './seen.js'

interface Item {
  /** What stands before the figure, and what behind it. */
  readonly before: string
  readonly after?: string
  readonly id: string
}

const itemWords = ({ before, after = '' }: Item, figure: string): string =>
  `${before}${figure}${after}`

const placeWords = ({ host, regime }: Place): string =>
  regime ? `${host}, ${regimeWords(regime)}` : host

/** Whether these figures were seen there. */
const seenIn = (seen: Seen, items: readonly Item[], place: Place): readonly Item[] =>
  items.filter(({ id }) => seen.of(id, place).length > 0)

/**
 * What holds on all hosts first, as the range over all of them; then each host by itself, in each
 * regime that it was seen in.
 */
function measured(seen: Seen, lead: string, items: readonly Item[]): string {
  const hosts = seen.hosts(items.map(({ id }) => id))
  if (hosts.length === 0) return `${lead}: ${NOT_MEASURED}`
  const everywhere = items
    .filter(({ id }) => hosts.every((host) => seen.hosts([id]).includes(host)))
    .map((item) => itemWords(item, rangeWords(seen.of(item.id))))
  const all =
    hosts.length > 1 && everywhere.length > 0
      ? [`all ${hosts.length} hosts: ${everywhere.join('; ')}`]
      : []
  const each = seen.places.flatMap((place) => {
    const here = seenIn(seen, items, place)
    if (here.length === 0) return []
    const words = here.map((item) => itemWords(item, rangeWords(seen.of(item.id, place))))
    return [`${placeWords(place)}: ${words.join('; ')}`]
  })
  return [lead, ...all, ...each].join(BREAK)
}

/** What the runs say of one cell: a miss is not hidden by a run that could not tell. */
function outcomeOf(points: readonly Point[]): 'met' | 'not' | 'cannot be told' | 'differs' {
  const verdicts = points.map(({ pooled }) => pooled.verdict)
  if (verdicts.includes('not met')) return verdicts.includes('met') ? 'differs' : 'not'
  return verdicts.every((verdict) => verdict === 'met') ? 'met' : 'cannot be told'
}

/** How many cells of a series met their target, in each place, and how far they reach. */
function counted(seen: Seen, lead: string, prefix: string): string {
  const each = seen.places.flatMap((place) => {
    const points = seen.of(prefix, place)
    if (points.length === 0) return []
    const ids = [...new Set(points.map(({ figure }) => figure.id))]
    const outcomes = ids.map((id) => outcomeOf(points.filter(({ figure }) => figure.id === id)))
    const of = (wanted: (typeof outcomes)[number]): number =>
      outcomes.filter((outcome) => outcome === wanted).length
    const differs = of('differs') > 0 ? `, ${of('differs')} met and missed` : ''
    return [
      `${placeWords(place)}: ${of('met')} of ${ids.length} cells, ` +
        `${of('cannot be told')} cannot be told, ${of('not')} not${differs}; ${rangeWords(points)}`,
    ]
  })
  return each.length === 0 ? `${lead}: ${NOT_MEASURED}` : [lead, ...each].join(BREAK)
}

const PREDICTED =
  'predicted, not measured: no copies, every CPU maps all the time, 64 CPUs to a socket; padded areas, ' +
  "bitmaps and `reserve`, against the kernel's layout and counter"

/** In virtual time: the same on every host that the same commit ran on, and by each model another. */
function predicted(seen: Seen): string {
  const range = (values: readonly number[], word: (value: number) => string): string => {
    const words = [...new Set([...values].sort((a, b) => a - b).map(word))]
    return words.length > 1 ? `${words[0]} - ${words.at(-1)}` : `${words[0]}`
  }
  const each = MODELS.map((model) => {
    const id = `causes/virtual/${model}/128-cpus`
    const [points, shares] = [seen.of(`${id}/all-together`), seen.of(`${id}/tracker-share`)]
    if (points.length === 0 || shares.length === 0) return `\`${model}\`: ${NOT_MEASURED}`
    const median = ({ pooled }: Point): number => pooled.band.median
    // The counter's share in it is predicted to one digit at best.
    const times = range(points.map(median), (value) => String(Number(value.toPrecision(1))))
    const share = range(shares.map(median), (value) => (100 * value).toFixed(0))
    return (
      `cost model \`${model}\`: about ${times} times as fast; of what is left, ${share} % is the ` +
      "tracker's, the rest the allocator's own work"
    )
  })
  return [PREDICTED, ...each, 'To redo it: `npm run bench -- --only causes`'].join(BREAK)
}

const MIB = 2 ** 20

/** Of all kept runs; where they do not say the same, each of what they say with its files. */
function accuracyAnswer(seen: Seen): string {
  const words = (mebibytes: number): string => formatBytes(mebibytes * MIB)
  const at = (areas: number): string => {
    const said = seen.of(`accuracy/${areas}/per-area`)
    const byAnswer = new Map<string, string[]>()
    for (const { file, pooled } of seen.of(`accuracy/${areas}/truth`)) {
      const truth = pooled.band.median
      const reported = said.find((point) => point.file === file)?.pooled.band.median
      if (reported === undefined) continue
      const answer = `${words(reported - truth)} too high, where ${words(truth)} were in use`
      byAnswer.set(answer, [...(byAnswer.get(answer) ?? []), file])
    }
    const answers = [...byAnswer]
    const [first] = answers
    if (!first) return `with ${areas} areas ${NOT_MEASURED}`
    if (answers.length === 1) {
      const runs = first[1].length
      return `with ${areas} areas ${first[0]}${runs > 1 ? `, in all ${runs} runs` : ''}`
    }
    const each = answers.map(([answer, files]) => `${answer} (${files.join(', ')})`)
    return `with ${areas} areas THE RUNS DIFFER: ${each.join('; ')}`
  }
  return [`by counting: ${at(8)}`, at(128)].join(BREAK)
}

/** What the kept runs of `verify` compared. */
function verified(files: readonly KeptFile[]): string {
  const runs = files.flatMap(({ kept }) => (kept.kind === 'verify' ? [kept] : []))
  if (runs.length === 0) return `operation by operation: ${NOT_MEASURED}`
  return runs
    .map(({ exit, result, command }) => {
      const operations = Number(result['operations'])
      const rows = Array.isArray(result['rows']) ? result['rows'] : []
      const variants = [...new Set(rows.map((row: { variant?: unknown }) => String(row.variant)))]
      const kernel = result['kernel'] as { readonly version?: string | null } | undefined
      const which = kernel?.version ? `Linux ${kernel.version}` : 'a kernel'
      const what = exit === 0 ? 'identical over' : 'NOT identical over'
      return `${what} ${(operations / 1e6).toFixed(1)} million operations in ${variants.length} configurations of ${which} (${variants.join(', ')}), to redo it: \`${command}\``
    })
    .join(BREAK)
}

/** Of one figure of the causes, in each place. */
const inEach = (figure: string): Item[] =>
  places.map(({ key, title }) => ({ before: `${title} `, id: `causes/${key}/${figure}` }))

const copies = (kib: number): Item => ({
  before: `with copies of ${kib} KiB `,
  id: `end-to-end/2/${kib}-kib/global-atomic`,
})

/** Question and answer, in README's order. */
export function foundRows(
  seen: Seen,
  files: readonly KeptFile[],
  many: readonly ManyFile[],
): (readonly [string, string])[] {
  return [
    [
      "Is the port the kernel's allocator?",
      [
        verified(files),
        counted(seen, 'port / kernel code in time, within 10 %', 'real-code/port/'),
      ].join(BREAK),
    ],
    ['What does each tracker cost on many CPUs?', moreThreads(many)],
    ['Is the mark of `per-area` accurate?', accuracyAnswer(seen)],
    [
      'What does the counter of `global-atomic` cost?',
      measured(seen, 'times `off`, 2 threads far apart', [
        { before: 'without copies ', id: 'two-threads/far-apart/global-atomic' },
        copies(4),
        copies(16),
      ]),
    ],
    [
      'What does Linux 7.3 cost, which tracks only if booted so?',
      [
        measured(seen, 'times `off`, 2 threads far apart, no copies', [
          { before: 'not tracking ', id: 'boot-switch/far-apart/no-copies/off' },
          { before: 'tracking ', id: 'boot-switch/far-apart/no-copies/on-over-off' },
          { before: '`reserve`, always on ', id: 'boot-switch/far-apart/no-copies/reserve' },
        ]),
        measured(seen, 'with copies of 4 KiB', [
          { before: 'not tracking ', id: 'boot-switch/far-apart/copies/off' },
          { before: 'tracking ', id: 'boot-switch/far-apart/copies/on-over-off' },
          { before: '`reserve`, always on ', id: 'boot-switch/far-apart/copies/reserve' },
        ]),
      ].join(BREAK),
    ],
    [
      'What does a mark cost that is right?',
      [
        '`reserve`, over by at most 1 % of the pool; times `off`',
        measured(seen, "in the kernel's layout", inEach('reserve-as-kernel')),
        measured(seen, 'padded, with bitmaps', inEach('reserve-together')),
      ].join(BREAK),
    ],
    [
      'What costs more than the counter?',
      [
        'the backward update of run counts: a bitmap places alike',
        counted(
          seen,
          'times as fast as the kernel code on 1 thread, 1 to 8 slots, at least 2.5',
          'real-code/gain/',
        ),
        counted(seen, 'bitmap / kernel code everywhere, at most 1', 'real-code/bitmap/'),
      ].join(BREAK),
    ],
    [
      'All together, 4 KiB, 16 in flight',
      measured(
        seen,
        "no copies; padded areas, bitmaps and `reserve`; times as fast as the kernel's layout and counter",
        inEach('all-together'),
      ),
    ],
    ['And on 128 CPUs?', predicted(seen)],
    [
      'Do predictions agree with threads?',
      [
        counted(seen, '`global-atomic`, predicted / measured within 20 %', GLOBAL_ATOMIC),
        counted(seen, '`per-area`, predicted / measured within 20 %', PER_AREA),
      ].join(BREAK),
    ],
  ]
}

const GLOBAL_ATOMIC = 'virtual-reality/global-atomic/'
const PER_AREA = 'virtual-reality/per-area/'

/** A question, and under it a list of what is answered: the lines are too long for a table. */
export const foundList = (rows: ReturnType<typeof foundRows>): string =>
  rows
    .map(([question, answer]) =>
      [`**${question}**`, '', ...answer.split(BREAK).map((line) => `- ${line}`)].join('\n'),
    )
    .join('\n\n')
