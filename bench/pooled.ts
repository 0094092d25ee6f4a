/** The tries of several kept runs, put together: what one run says may be chance. */
import { lineRegimes } from 'swiotlb-lab'
import type { Figure, Stood } from './figure.js'
import type { KeptBench } from './kept.js'
import { keptRegime } from './regime.js'
import { limitWords, poolOf, TRIES } from './verdict.js'

type Pooled = Figure['pooled'][number]

/** Where each regime of each figure belongs among those of all of them. */
interface Merged {
  readonly regimes: readonly Stood[]
  readonly placeOf: ReadonlyMap<Pooled, number>
}

/** Regimes of several runs, sorted by the rule by which the rounds of one run are. */
function merge(all: readonly Pooled[]): Merged {
  const seen = all.flatMap((one) =>
    one.regime === null || one.regime === 'not measured' ? [] : [{ one, regime: one.regime }],
  )
  const { regimes, regimeOf } = lineRegimes(
    seen.map(({ regime: { lineNs, slowdown } }) => {
      const look = { nearestNs: lineNs, furthestNs: lineNs, slowdown }
      return { before: look, after: look }
    }),
  )
  const rest = regimes.length
  return {
    regimes: [...regimes.map(keptRegime), 'not measured', null],
    placeOf: new Map([
      ...seen.map(({ one }, i): [Pooled, number] => [one, regimeOf[i] ?? rest]),
      ...all
        .filter(({ regime }) => regime === null || regime === 'not measured')
        .map((one): [Pooled, number] => [one, one.regime === null ? rest + 1 : rest]),
    ]),
  }
}

/** One figure of several runs. Tries are numbered on from run to run. */
function poolFigure(runs: readonly Figure[], { regimes, placeOf }: Merged): Figure {
  const [first] = runs
  if (!first) throw new Error('no figure to pool')
  let before = 0
  const all = runs.flatMap((run) => {
    const begun = before
    before += Math.max(...run.tries.map(({ number }) => number))
    return run.tries.map(({ regime, ...one }) => ({
      place: placeOf.get(run.pooled[regime] as Pooled) ?? 0,
      own: { ...one, number: begun + one.number },
    }))
  })
  const places = [...new Set(all.map(({ place }) => place))].sort((a, b) => a - b)
  const ofPlace = (place: number) => all.filter((one) => one.place === place).map(({ own }) => own)
  return {
    ...first,
    tries: places.flatMap((place, regime) => ofPlace(place).map((one) => ({ ...one, regime }))),
    changed: runs.reduce((sum, { changed }) => sum + changed, 0),
    pooled: places.map((place) => poolOf(ofPlace(place), regimes[place] ?? null, first.target)),
  }
}

/** What several runs have of one part. */
export interface PooledPart {
  readonly name: string
  readonly question: string
  readonly figures: readonly Figure[]
}

/**
 * All tries of all runs of one code on one kind of host; every run must have every part that one has.
 *
 * @throws Error that says which runs do not belong together
 */
export function poolRuns(runs: readonly { readonly file: string; readonly kept: KeptBench }[]) {
  const [first] = runs
  if (!first || runs.length < 2) throw new Error('expected the files of at least two runs')
  for (const [i, { file, kept }] of runs.entries()) {
    const twin = runs.slice(0, i).find((other) => other.kept.date === kept.date)
    if (twin) throw new Error(`${file} and ${twin.file} are the same run: each counts once`)
    const differs = (what: string, one: unknown, other: unknown): void => {
      if (JSON.stringify(one) === JSON.stringify(other)) return
      throw new Error(`${file} and ${first.file} are of another ${what}: expected runs of the same`)
    }
    if (kept.source.dirty) throw new Error(`${file}: of a tree with changes that are in no commit`)
    differs('commit', kept.source.commit, first.kept.source.commit)
    differs('host', kept.host, first.kept.host)
    differs("kernel's code", kept.kernel, first.kept.kernel)
    differs('choice of parts', namesOf(kept), namesOf(first.kept))
    const failed = kept.parts.find(({ failure }) => failure !== null)
    if (failed) throw new Error(`${file}: ${failed.name}: ${failed.failure}`)
  }
  return first.kept.parts.map(({ name, question }): PooledPart => {
    const figures = runs.flatMap(({ kept }) => kept.parts.find((one) => one.name === name)!.figures)
    const merged = merge(figures.flatMap(({ pooled }) => pooled))
    const ids = [...new Set(figures.map(({ id }) => id))]
    return {
      name,
      question,
      figures: ids.map((id) =>
        poolFigure(
          figures.filter((one) => one.id === id),
          merged,
        ),
      ),
    }
  })
}

const namesOf = ({ parts }: KeptBench): readonly string[] => parts.map(({ name }) => name)

/**
 * Of the figures with this goal: in how many the median of all tries lies within it. Each counts in
 * the regime in which most of its tries were made; one with too few tries there is named.
 */
export function countWords(figures: readonly Figure[]): string[] {
  const goals = [
    ...new Set(figures.flatMap(({ target }) => (target ? [limitWords(target.limits)] : []))),
  ]
  return goals.map((goal) => {
    const own = figures.filter(({ target }) => target && limitWords(target.limits) === goal)
    const main = own.map(({ pooled, what, target }) => {
      const most = pooled.reduce((a, b) => (b.tries > a.tries ? b : a))
      const { atLeast = Number.NEGATIVE_INFINITY, atMost = Number.POSITIVE_INFINITY } =
        target?.limits ?? {}
      const { median } = most.band
      return { what, most, within: median >= atLeast && median <= atMost }
    })
    const outside = main.filter(({ within }) => !within).map(({ what }) => what)
    const few = main.filter(({ most }) => most.rounds > 1 && most.tries < TRIES)
    return (
      `${goal}: the median in ${main.length - outside.length} of ${main.length}, ` +
      `the whole band in ${main.filter(({ most }) => most.verdict === 'met').length}` +
      (outside.length > 0 ? `; outside: ${outside.join('; ')}` : '') +
      (few.length > 0 ? `; too few tries: ${few.map(({ what }) => what).join('; ')}` : '')
    )
  })
}
