/** Who is on the frontier of a replay in virtual time. */
import { placesOf } from '../measure/frontier.js'
import { brokeItsPromise, type ReplayResult, type ReplayRow } from '../results/replay.js'
import type { AnyTracker } from '../results/variant.js'

/** A row whose prediction need not have its place yet. */
type Unplaced = Omit<ReplayRow, 'predicted'> & {
  readonly predicted?:
    | Omit<NonNullable<ReplayRow['predicted']>, 'frontier' | 'offFrontier'>
    | undefined
}

/**
 * The rows with their place; as they are where nothing was predicted.
 *
 * @param faulty trackers that broke their promise, or did worse, elsewhere than in these rows
 */
export function withReplayFrontier(
  rows: readonly Unplaced[],
  machine: ReplayResult['machine'],
  faulty: ReadonlySet<AnyTracker> = new Set(),
): ReplayRow[] {
  const all = rows.flatMap(({ predicted, ...row }) => (predicted ? [{ ...row, predicted }] : []))
  const places = placesOf(
    all.map(({ predicted, ...row }) => ({
      ...predicted,
      ...row,
      promiseBroken: brokeItsPromise(row) || faulty.has(row.tracker),
    })),
    machine?.noise ?? null,
    machine?.noiseNoCopy ?? null,
  )
  const placeOf = new Map(all.map(({ tracker }, i) => [tracker, places[i] ?? null]))
  return rows.map(({ predicted, ...row }) => {
    if (!predicted) return row
    const offFrontier = placeOf.get(row.tracker) ?? null
    return { ...row, predicted: { ...predicted, frontier: offFrontier === null, offFrontier } }
  })
}
