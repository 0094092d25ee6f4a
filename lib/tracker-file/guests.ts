/** Tracker files on their way into a result: compiled, tried, and left out when they end its process. */
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { CompareOptions } from '../results/comparison.js'
import type { Progress } from '../results/variant.js'
import { withFolder } from '../system/folder.js'
import { differsAfresh } from './again.js'
import { buildTracker } from './build.js'
import type { TrackerFile } from './files.js'
import { type Outcome, runGuest } from './guest.js'
import { differWords } from './remedy.js'
import { type BuiltTracker, NO_RACES, type OwnTracker } from './types.js'

/** How long a tracker's process may be silent before it is ended, in seconds. */
export interface GuestLimits {
  readonly trial: number
  readonly compare: number
}

export const LIMITS: GuestLimits = { trial: 20, compare: 60 }

/** What files are tried for, in words: a file that fails is not. */
export type Use = 'compared' | 'replayed' | 'run'

export interface GuestOptions extends Pick<CompareOptions, 'layout' | 'signal' | 'onProgress'> {
  readonly limits?: GuestLimits | undefined
  /** `compared` by default. */
  readonly use?: Use | undefined
}

/** What is known of a file on its way into the table; `built` as long as it is to be compared. */
export interface Guest {
  readonly built: BuiltTracker | undefined
  readonly report: OwnTracker
}

const failed = (guest: Guest, fault: string, use: Use): Guest => ({
  ...guest,
  built: undefined,
  report: {
    ...guest.report,
    compared: false,
    faults: [...guest.report.faults, `${fault}; not ${use}`],
  },
})

async function admit(file: TrackerFile, folder: string, options: GuestOptions): Promise<Guest> {
  const { signal, limits = LIMITS, use = 'compared' } = options
  const onProgress = ({ phase }: Progress): void =>
    options.onProgress?.({ phase: `${file.name}: ${phase}`, done: 0 })
  const report: OwnTracker = {
    tracker: file.name,
    file: file.file,
    compiler: null,
    compared: true,
    faults: [],
    found: null,
    ...NO_RACES,
  }
  const guest: Guest = { built: undefined, report }
  onProgress({ phase: 'compiling', done: 0 })
  mkdirSync(folder)
  const made = await buildTracker(file.file, folder, 'compared', signal)
  if ('fault' in made) return failed(guest, made.fault, use)
  const built = { name: file.name, ...made }
  const outcome = await runGuest(
    { kind: 'trial', built, layout: options.layout },
    { signal, onProgress, silenceMs: limits.trial * 1000 },
  )
  if (!outcome.ok) return failed(guest, `${outcome.how} in ${outcome.last.phase}`, use)
  const { compiler, broken, refused, found, races, racesCut } = outcome.result
  const watch = { signal, silenceMs: limits.trial * 1000 }
  const differ = found && (await differsAfresh(built, found, watch))
  // Then none of the runs says anything about its promise.
  if (differ) return failed({ built, report: { ...report, compiler } }, differWords(differ), use)
  const tried: Guest = {
    built,
    report: { ...report, compiler, faults: broken, found, races, racesCut },
  }
  return refused === null ? tried : failed(tried, refused, use)
}

const builtOf = (guests: readonly Guest[]): BuiltTracker[] =>
  guests.flatMap(({ built }) => (built ? [built] : []))

/** @param folder a place for what is made of them */
async function admitAll(
  files: readonly TrackerFile[],
  folder: string,
  options: GuestOptions,
): Promise<Guest[]> {
  const guests: Guest[] = []
  for (const [i, file] of files.entries()) {
    guests.push(await admit(file, join(folder, String(i)), options))
  }
  return guests
}

/** What came of one input, and what is known of the files behind it. */
export interface WithGuests<R> {
  readonly result: R
  readonly guests: readonly Guest[]
}

/**
 * Compiles and tries files once, and lends what runs one input after another with those that are
 * left: a file that fails at one is not tried at the next.
 *
 * @throws what `use` throws
 */
export async function withGuests<I, O extends object, R, T>(
  files: readonly TrackerFile[],
  options: GuestOptions,
  run: (input: I, options: Partial<O>, guests: readonly Guest[]) => Promise<WithGuests<R>>,
  use: (runThem: (input: I, options?: Partial<O>) => Promise<R>) => Promise<T>,
): Promise<T> {
  let guests: readonly Guest[] = []
  const runThem = async (input: I, more: Partial<O> = {}): Promise<R> => {
    const done = await run(input, more, guests)
    guests = done.guests
    return done.result
  }
  if (files.length === 0) return use(runThem)
  return withFolder('own', async (folder) => {
    guests = await admitAll(files, folder, options)
    return use(runThem)
  })
}

type Failure = Outcome<unknown> & { readonly ok: false }

/** What guests are run for. */
export interface GuestRun<T> {
  readonly use: Use
  /** With all of these, in a process of their own. */
  all(built: readonly BuiltTracker[]): Promise<Outcome<T>>
  /** The same with one alone, to see whether it is the one that ends it. */
  alone(built: BuiltTracker): Promise<Outcome<unknown>>
  /** Without any, in this process. */
  none(): Promise<T>
}

/** Who ended a run, and how. */
async function culprits(
  built: readonly BuiltTracker[],
  { alone }: GuestRun<unknown>,
  failure: Failure,
): Promise<Map<string, string>> {
  const { tracker } = failure.last
  const said = ({ how, last }: Failure): string =>
    `${how} in ${last.tracker ? 'the accuracy run' : last.phase}`
  const one = built.filter(({ name }) => name === tracker)
  const suspects = one.length > 0 ? one : built
  if (suspects.length === 1) return new Map(suspects.map(({ name }) => [name, said(failure)]))
  // They ran in turn: each alone shows which it was.
  const found = new Map<string, string>()
  for (const suspect of suspects) {
    const outcome = await alone(suspect)
    if (!outcome.ok) found.set(suspect.name, said(outcome))
  }
  if (found.size > 0) return found
  const names = suspects.map(({ name }) => name).join(', ')
  return new Map(suspects.map(({ name }) => [name, `${said(failure)}, run with ${names}`]))
}

/**
 * Runs until nobody is left who ends it: each time round there is one fewer at least.
 *
 * @returns who is left, too: whoever ended one run is in none after it
 */
export async function runGuests<T>(
  admitted: readonly Guest[],
  run: GuestRun<T>,
): Promise<{ readonly result: T; readonly guests: readonly Guest[] }> {
  let guests = admitted
  for (;;) {
    const built = builtOf(guests)
    if (built.length === 0) return { result: await run.none(), guests }
    const outcome = await run.all(built)
    if (outcome.ok) return { result: outcome.result, guests }
    const out = await culprits(built, run, outcome)
    guests = guests.map((guest) => {
      const fault = guest.built && out.get(guest.built.name)
      return fault ? failed(guest, fault, run.use) : guest
    })
  }
}
