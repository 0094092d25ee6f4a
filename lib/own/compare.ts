/** Comparisons with trackers of the user's own: each is compiled and tried, then compared. */
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { compare } from '../run/compare.js'
import { resolveTrackers } from '../run/plan.js'
import type { AnyTracker, CompareOptions, Comparison, Progress } from '../run/types.js'
import type { ScenarioInput } from '../scenario/schema.js'
import { differWords } from '../virtual/remedy.js'
import { differsAfresh } from './again.js'
import { buildTracker } from './build.js'
import { checkFiles, type TrackerFile } from './files.js'
import { withFolder } from './folder.js'
import { type Outcome, runGuest } from './guest.js'
import { withFiles } from './rows.js'
import type { BuiltTracker, OwnComparison, OwnTracker, PlainOptions } from './types.js'

export interface OwnOptions extends CompareOptions {
  /** How long a tracker's process may be silent before it is ended, in seconds. */
  readonly limits?: { readonly trial: number; readonly compare: number } | undefined
}

/** Like compare(), with the rows of the tracker files behind the others. */
export type CompareAll = (input: ScenarioInput, options?: OwnOptions) => Promise<OwnComparison>

const LIMITS = { trial: 20, compare: 60 }

/** What is known of a file on its way into the table; `built` as long as it is to be compared. */
interface Guest {
  readonly built: BuiltTracker | undefined
  readonly report: OwnTracker
}

const REFUSED = '; not compared'

const failed = (guest: Guest, fault: string): Guest => ({
  ...guest,
  built: undefined,
  report: {
    ...guest.report,
    compared: false,
    faults: [...guest.report.faults, `${fault}${REFUSED}`],
  },
})

function plain({ signal, onProgress, limits, trackers, ...rest }: OwnOptions): PlainOptions {
  return rest
}

async function admit(file: TrackerFile, folder: string, options: OwnOptions): Promise<Guest> {
  const { signal, limits = LIMITS } = options
  const onProgress = ({ phase }: Progress): void =>
    options.onProgress?.({ phase: `${file.name}: ${phase}`, done: 0 })
  const report: OwnTracker = {
    tracker: file.name,
    file: file.file,
    compiler: null,
    compared: true,
    faults: [],
    found: null,
  }
  const guest: Guest = { built: undefined, report }
  onProgress({ phase: 'compiling', done: 0 })
  mkdirSync(folder)
  const made = await buildTracker(file.file, folder, signal)
  if ('fault' in made) return failed(guest, made.fault)
  const built = { name: file.name, ...made }
  const outcome = await runGuest(
    { kind: 'trial', built, layout: options.layout },
    { signal, onProgress, silenceMs: limits.trial * 1000 },
  )
  if (!outcome.ok) return failed(guest, `${outcome.how} in ${outcome.last.phase}`)
  const { compiler, broken, refused, found } = outcome.result
  const watch = { signal, silenceMs: limits.trial * 1000 }
  const differ = found && (await differsAfresh(built, found, watch))
  // Then none of the runs says anything about its promise.
  if (differ) return failed({ built, report: { ...report, compiler } }, differWords(differ))
  const tried: Guest = { built, report: { ...report, compiler, faults: broken, found } }
  return refused === null ? tried : failed(tried, refused)
}

const builtOf = (guests: readonly Guest[]): BuiltTracker[] =>
  guests.flatMap(({ built }) => (built ? [built] : []))

function compareGuests(
  input: ScenarioInput,
  listed: readonly AnyTracker[],
  built: readonly BuiltTracker[],
  options: OwnOptions,
): Promise<Outcome<Comparison>> {
  const { signal, onProgress, limits = LIMITS } = options
  const trackers = [...listed, ...built.map(({ name }) => name)]
  return runGuest(
    { kind: 'compare', built, input, options: { ...plain(options), trackers } },
    { signal, onProgress, silenceMs: limits.compare * 1000 },
  )
}

type Failure = Outcome<Comparison> & { readonly ok: false }

/** Who ended a comparison, and how. */
async function culprits(
  input: ScenarioInput,
  built: readonly BuiltTracker[],
  options: OwnOptions,
  failure: Failure,
): Promise<Map<string, string>> {
  const { tracker } = failure.last
  const said = ({ how, last }: Failure): string =>
    `${how} in ${last.tracker ? 'the accuracy run' : last.phase}`
  const alone = built.filter(({ name }) => name === tracker)
  const suspects = alone.length > 0 ? alone : built
  if (suspects.length === 1) return new Map(suspects.map(({ name }) => [name, said(failure)]))
  // They were timed in turn: each alone shows which it was.
  const found = new Map<string, string>()
  for (const suspect of suspects) {
    const outcome = await compareGuests(input, [], [suspect], options)
    if (!outcome.ok) found.set(suspect.name, said(outcome))
  }
  if (found.size > 0) return found
  const names = suspects.map(({ name }) => name).join(', ')
  return new Map(suspects.map(({ name }) => [name, `${said(failure)}, timed with ${names}`]))
}

/**
 * Compares until nobody is left who ends it: each time round there is one fewer at least.
 *
 * @returns who is left, too: whoever ended one comparison is in none after it
 */
async function compareAll(
  input: ScenarioInput,
  options: OwnOptions,
  admitted: readonly Guest[],
): Promise<{ readonly comparison: OwnComparison; readonly guests: readonly Guest[] }> {
  const listed = resolveTrackers(options.trackers)
  let guests = admitted
  for (;;) {
    const built = builtOf(guests)
    const reports = guests.map(({ report }) => report)
    if (built.length === 0) {
      const comparison = await compare(input, { ...options, trackers: listed })
      return { comparison: withFiles(comparison, reports), guests }
    }
    const outcome = await compareGuests(input, listed, built, options)
    if (outcome.ok) return { comparison: withFiles(outcome.result, reports), guests }
    const out = await culprits(input, built, options, outcome)
    guests = guests.map((guest) => {
      const fault = guest.built && out.get(guest.built.name)
      return fault ? failed(guest, fault) : guest
    })
  }
}

/**
 * Compiles tracker files, tries each in a process of its own, and lends a compare() that has them
 * among its rows. Whatever a file does wrong becomes a line in `own`; the others are compared.
 *
 * @param options layout, engine and tuning of the trial
 * @throws InputError for a file that is not there, and without a C compiler; else what `use` throws
 */
export async function withTrackerFiles<T>(
  files: readonly string[],
  options: OwnOptions,
  use: (compareAll: CompareAll) => Promise<T>,
): Promise<T> {
  const checked = checkFiles(files)
  let guests: readonly Guest[] = []
  const compareThem: CompareAll = async (input, more = {}) => {
    const done = await compareAll(input, more, guests)
    guests = done.guests
    return done.comparison
  }
  if (checked.length === 0) return use(compareThem)
  return withFolder(async (folder) => {
    for (const [i, file] of checked.entries()) {
      guests = [...guests, await admit(file, join(folder, String(i)), options)]
    }
    return use(compareThem)
  })
}
