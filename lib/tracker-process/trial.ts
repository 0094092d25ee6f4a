/** Short runs of a tracker that nobody has run before. In the process that may crash. */
import { check } from '../check/check.js'
import { countOf, falselyCertified, reportedWords, slotWords } from '../data/units.js'
import { measureAccuracy } from '../measure/accuracy.js'
import { falselyCertifiedIn } from '../measure/certified.js'
import { nativeTrail } from '../measure/trail.js'
import { nativeVariant, poolAt } from '../native/inputs.js'
import { resolveLayout } from '../native/layout.js'
import { brokenSide } from '../native/trackers.js'
import type { Finding, Races } from '../results/check.js'
import { NO_RACES } from '../results/check.js'
import type { Accuracy } from '../results/comparison.js'
import type { Layout, TrackerFileName } from '../results/variant.js'
import { resolveScenario } from '../scenario/resolve.js'
import type { Scenario } from '../scenario/schema.js'
import { type Operations, OperationsBuilder } from '../trace/index.js'
import { differWords, usedAdvice } from '../tracker-file/advice.js'
import { joinRaces } from '../tracker-file/races.js'
import type { BuiltTracker, TrialResult } from '../tracker-file/types.js'
import { load } from './load.js'
import { findingWithLines, racesWithLines, withLine } from './source-lines.js'

/** What a check has found. */
interface Found {
  /** A promise that was not kept. */
  readonly broken?: string | undefined
  /** Why nothing more must be run. */
  readonly refused?: string | undefined
  readonly found?: Finding | undefined
  /** Nothing else that was found says anything, either. */
  readonly discardsOthers?: boolean | undefined
  /** What raced; without lines yet. */
  readonly met?: Races | undefined
}

interface Subject {
  readonly name: TrackerFileName
  readonly layout: Layout
  /** Called now and then: it goes on. */
  readonly onProgress: () => void
}

interface Check {
  /** For "did not return in ...". */
  readonly name: string
  run(subject: Subject): Promise<Found>
}

const SLOTS = 2048
const AREAS = 4

function scenario(cpus: number, steps: number): Scenario {
  return resolveScenario({
    name: 'trial',
    pool: { slots: SLOTS, areas: AREAS },
    cpus,
    workload: {
      sizes: [{ from: '2KiB', to: '32KiB', step: '2KiB' }],
      inFlight: 16,
      order: 'random',
      load: 'toggle',
    },
    steps,
  })
}

function promiseWords(
  where: string,
  judged: Pick<Accuracy, 'bounds' | 'reportedSlots' | 'truthSlots'>,
): string {
  const { low, high } = judged.truthSlots
  const truth = low === high ? slotWords(low) : `${low} to ${slotWords(high)}`
  return (
    `broke its promise (${brokenSide(judged)}) in ${where}: ${reportedWords(judged.reportedSlots)} ` +
    `where the peak was ${truth}`
  )
}

/** @param certified what it certified and cannot have been */
const certifiedWords = (where: string, certified: string): string =>
  `broke its promise (tracker_lower) in ${where}: ${certified}`

function brokenPromise(where: string, accuracy: Accuracy): string | undefined {
  const certified = falselyCertifiedIn(accuracy)
  if (certified !== undefined) return certifiedWords(where, certified)
  return accuracy.promiseKept ? undefined : promiseWords(where, accuracy)
}

/** What is said to be in use at rest, beside what is. */
function usedWords(where: string, used: number, live: number): string {
  const were = `${slotWords(live)} ${live === 1 ? 'was' : 'were'} in use`
  if (used < 0) return `said in ${where} what is no count: ${slotWords(used)}, when ${were}`
  return `said in ${where} that ${slotWords(used)} ${used === 1 ? 'was' : 'were'} in use, when ${live} ${live === 1 ? 'was' : 'were'}`
}

const damaged = (invariant: string | null, where: string): string | undefined =>
  invariant === null ? undefined : `breaks the allocator in ${where}: ${invariant}`

function accuracyCheck(name: string, engine: 'serial' | 'threads', whole: Scenario): Check {
  return {
    name,
    async run({ name: tracker, layout, onProgress }) {
      const run = await measureAccuracy(whole, tracker, engine, layout, {}, { onProgress })
      return { broken: brokenPromise(name, run.accuracy), refused: damaged(run.broken, name) }
    },
  }
}

/** Maps and unmaps on all areas, a reset with mappings live, and everything unmapped at the end. */
function bareOperations(): Operations {
  const list = new OperationsBuilder()
  const rounds = 64
  for (let id = 0; id < rounds; id++) {
    list.map({
      cpu: id % AREAS,
      id,
      orig: 0x100000 + id * 0x10000,
      size: 2048 * (1 + (id % 7)),
      am: 0,
      mam: 0,
      bm: 0n,
      expect: 0,
    })
    if (id % 3 === 2) list.unmap({ cpu: (id + 1) % AREAS, id: id - 1 })
    if (id === rounds / 2) list.reset()
  }
  for (let id = 0; id < rounds; id++) if (id % 3 !== 1) list.unmap({ cpu: 0, id })
  return list.build()
}

/** At rest, what is said to be in use is what is in use. */
const usedCheck: Check = {
  name: 'the short replay',
  async run({ name, layout }) {
    const operations = bareOperations()
    const { placements, used, accuracy } = await nativeTrail(
      operations,
      poolAt(SLOTS, AREAS, 0x40000000n),
      nativeVariant(name, layout, SLOTS),
    )
    let live = 0
    let broken: string | undefined
    for (let i = 0; i < operations.length && !broken; i++) {
      const [slot = -3, nslots = 0] = placements.subarray(5 * i, 5 * i + 2)
      live += slot >= 0 ? nslots : slot === -2 ? -nslots : 0
      const said = used[i]
      if (said !== live) {
        const seen = { usedSlots: said ?? 0, liveSlots: live, pool: { grow: false } }
        broken = `${usedWords(this.name, seen.usedSlots, live)}: ${usedAdvice(seen)}`
      }
    }
    return { broken, refused: damaged(accuracy.broken, this.name) }
  },
}

/** What a schedule showed, without its log. */
function findingWords(found: Finding): Found {
  const { findings, seed, cpus, operations, bounds, reportedSlots } = found
  const where = `a schedule of ${countOf(operations, 'operation')} on ${countOf(cpus, 'CPU')} (check, seed ${seed})`
  const [finding] = findings
  if (found.broken !== null) return { refused: damaged(found.broken, where) }
  if (finding === 'deadlock') return { refused: `waits for ever in ${where}` }
  if (finding === 'endless') return { refused: `goes on for ever in ${where}` }
  if (finding === 'used') {
    const { usedSlots, liveSlots } = found
    return {
      broken: `${usedWords(`the end of ${where}`, usedSlots, liveSlots)}: ${usedAdvice(found)}`,
    }
  }
  if (finding === 'read' && found.readSlots) {
    const { used, hiwater } = found.readSlots
    return {
      broken:
        `showed a reader in ${where} used: ${slotWords(used)}, and then the mark: ` +
        `${slotWords(hiwater)}, which it promises not to (.reads)`,
    }
  }
  if (finding === 'lower' && found.certified) {
    const { lowerSlots, mostSlots } = found.certified
    return { broken: certifiedWords(where, falselyCertified(lowerSlots, mostSlots)) }
  }
  const judged = { bounds, reportedSlots, truthSlots: found.envelopeSlots }
  return { broken: promiseWords(where, judged) }
}

/** An order of accesses under which it breaks its promise. */
const scheduleCheck: Check = {
  name: 'the search of schedules',
  async run({ name, onProgress }) {
    const { found, differ, races, racesCut } = await check(name, { onProgress })
    const met = { races, racesCut }
    if (differ) return { refused: differWords(differ), discardsOthers: true, met }
    return found ? { ...findingWords(found), found, met } : { met }
  },
}

/** One operation after another: these come out the same each time. */
const serialChecks: readonly Check[] = [
  accuracyCheck('the short serial run', 'serial', scenario(AREAS, 20_000)),
  usedCheck,
]

/** What a tracker must go through, one after the other. */
const checks: readonly Check[] = [
  ...serialChecks,
  accuracyCheck('the short run with threads', 'threads', scenario(2, 20_000)),
  scheduleCheck,
]

/**
 * The short serial runs alone, of a tracker that is loaded.
 *
 * @param onPhase told what is about to be done, before it is
 * @returns what is wrong, a line each
 */
export async function serialTrial(
  { name, path, source }: BuiltTracker,
  layout: Partial<Layout> | undefined,
  onPhase: (phase: string) => void,
): Promise<string[]> {
  const wrong: string[] = []
  for (const step of serialChecks) {
    const onProgress = (): void => onPhase(step.name)
    onProgress()
    const { broken, refused } = await step.run({ name, layout: resolveLayout(layout), onProgress })
    if (broken) wrong.push(broken)
    if (refused) return [...wrong, (await withLine(refused, path, source)) ?? refused]
  }
  return wrong
}

/** @param onPhase told what is about to be done, before it is */
export async function trial(
  built: BuiltTracker,
  layout: Partial<Layout> | undefined,
  onPhase: (phase: string) => void,
): Promise<TrialResult> {
  onPhase('loading')
  const loaded = load(built)
  if ('refused' in loaded)
    return { compiler: null, broken: [], ...loaded, found: null, ...NO_RACES }
  const { compiler } = loaded
  const { name } = built
  const resolved = resolveLayout(layout)
  const broken: string[] = []
  let found: Finding | null = null
  let met: Races = NO_RACES
  for (const step of checks) {
    const onProgress = (): void => onPhase(step.name)
    onProgress()
    const result = await step.run({ name, layout: resolved, onProgress })
    if (result.broken) broken.push(result.broken)
    if (result.found) found = await findingWithLines(result.found, built)
    if (result.met) met = joinRaces([await racesWithLines(result.met.races, built)])
    if (result.refused) {
      const refused = await withLine(result.refused, built.path, built.source)
      return { compiler, broken: result.discardsOthers ? [] : broken, refused, found, ...met }
    }
  }
  return { compiler, broken, refused: null, found, ...met }
}
