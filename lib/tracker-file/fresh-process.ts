/** A schedule that showed something, once more where nothing has run before it. */
import type { Differ, DifferRun, Finding } from '../results/check.js'
import { runJob, type Watch } from './process.js'
import type { BuiltTracker } from './types.js'

const runOf = (found: Finding): DifferRun => {
  const { findings, reportedSlots, usedSlots, certified, accesses } = found
  const lowerSlots = certified?.lowerSlots ?? null
  return { findings, reportedSlots, usedSlots, lowerSlots, accesses }
}

/**
 * Replays a finding in a process of its own: what hangs on earlier runs does not show there, such as
 * a mark in a static variable.
 *
 * @returns both runs where they differ; null where the finding stands, or the process was ended
 */
export async function differsInFreshProcess(
  built: BuiltTracker,
  found: Finding,
  watch: Pick<Watch, 'signal' | 'silenceMs'>,
): Promise<Differ | null> {
  const job = { kind: 'check-replay', built, text: found.log, log: 'the schedule' } as const
  const outcome = await runJob(job, watch)
  const again = outcome.ok ? outcome.result.result : null
  if (!again) return null
  const runs = [runOf(found), runOf(again)] as const
  const [first, second] = runs.map((run) => JSON.stringify(run))
  return first === second ? null : { seed: found.seed, runs }
}
