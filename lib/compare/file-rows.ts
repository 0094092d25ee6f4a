/** The rows of a comparison, with what is known of the tracker files. */

import { withFrontier } from '../measure/frontier.js'
import { addon } from '../native/addon.js'
import type { Comparison, Row } from '../results/comparison.js'
import type { AnyTracker } from '../results/variant.js'
import { faultyOf } from '../tracker-file/run-files.js'
import type { ComparisonWithFiles, TrackerFileReport } from '../tracker-file/types.js'

/** Says so where a tracker and those it stands beside were not made alike. */
function compilerWarnings(own: readonly TrackerFileReport[]): string[] {
  const ours = addon().compiler()
  return own
    .filter(({ compared, compiler }) => compared && compiler !== null && compiler !== ours)
    .map(
      ({ tracker, compiler }) =>
        `${tracker} was compiled with ${compiler}, the others with ${ours}: costs may differ for that`,
    )
}

/** Whoever broke its promise elsewhere has no place on the frontier, and takes nobody else's. */
function placed(
  { rows, timing, timingNoCopy, machine }: Comparison,
  faulty: ReadonlySet<AnyTracker>,
): Row[] {
  const noise = (timing ?? machine)?.noise ?? null
  const noiseNoCopy = timingNoCopy?.noise ?? machine?.noiseNoCopy ?? null
  return withFrontier(rows, noise, noiseNoCopy, faulty)
}

export function withFiles(
  comparison: Comparison,
  own: readonly TrackerFileReport[],
): ComparisonWithFiles {
  const fileOf = new Map<string, string>(own.map(({ tracker, file }) => [tracker, file]))
  const rows = placed(comparison, faultyOf(own)).map((row) => {
    const file = fileOf.get(row.tracker)
    return file === undefined ? row : { ...row, file }
  })
  const warnings = [...comparison.warnings, ...compilerWarnings(own)]
  return { ...comparison, rows, warnings, own }
}
