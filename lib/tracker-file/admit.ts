/** A user's tracker file on its way into a result: compiled, and tried in a process of its own. */

import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import * as z from 'zod'
import { optionsOf } from '../data/options.js'
import { NO_RACES } from '../results/check.js'
import type { CompareOptions } from '../results/comparison.js'
import type { Progress } from '../results/variant.js'
import { differWords } from './advice.js'
import { buildTracker } from './build.js'
import type { TrackerFile } from './files.js'
import { differsInFreshProcess } from './fresh-process.js'
import { runJob } from './process.js'
import type { BuiltTracker, TrackerFileReport } from './types.js'

/** How long a tracker's process may be silent before it is ended, in seconds. */
export interface SilenceLimits {
  readonly trial: number
  readonly compare: number
}

export const limitsSchema = optionsOf<SilenceLimits>({
  trial: z.number('expected seconds').positive('expected seconds'),
  compare: z.number('expected seconds').positive('expected seconds'),
}).optional()

export const DEFAULT_LIMITS: SilenceLimits = { trial: 20, compare: 60 }

/** What files are tried for, in words: a file that fails is not. */
export type Use = 'compared' | 'replayed' | 'run'

export interface AdmitOptions extends Pick<CompareOptions, 'layout' | 'signal' | 'onProgress'> {
  readonly limits?: SilenceLimits | undefined
  /** `compared` by default. */
  readonly use?: Use | undefined
}

/** What is known of a file on its way into the table; `built` as long as it is to be compared. */
export interface AdmittedFile {
  readonly built: BuiltTracker | undefined
  readonly report: TrackerFileReport
}

export const failed = (file: AdmittedFile, fault: string, use: Use): AdmittedFile => ({
  ...file,
  built: undefined,
  report: {
    ...file.report,
    compared: false,
    faults: [...file.report.faults, `${fault}; not ${use}`],
  },
})

async function admit(
  file: TrackerFile,
  folder: string,
  options: AdmitOptions,
): Promise<AdmittedFile> {
  const { signal, limits = DEFAULT_LIMITS, use = 'compared' } = options
  const onProgress = ({ phase }: Progress): void =>
    options.onProgress?.({ phase: `${file.name}: ${phase}`, done: 0 })
  const report: TrackerFileReport = {
    tracker: file.name,
    file: file.file,
    compiler: null,
    compared: true,
    faults: [],
    found: null,
    ...NO_RACES,
  }
  const admitted: AdmittedFile = { built: undefined, report }
  onProgress({ phase: 'compiling', done: 0 })
  mkdirSync(folder)
  const made = await buildTracker(file.file, folder, 'compared', signal)
  if ('fault' in made) return failed(admitted, made.fault, use)
  const built = { name: file.name, ...made }
  const outcome = await runJob(
    { kind: 'trial', built, layout: options.layout },
    { signal, onProgress, silenceMs: limits.trial * 1000 },
  )
  if (!outcome.ok) return failed(admitted, `${outcome.how} in ${outcome.last.phase}`, use)
  const { compiler, broken, refused, found, races, racesCut } = outcome.result
  const watch = { signal, silenceMs: limits.trial * 1000 }
  const differ = found && (await differsInFreshProcess(built, found, watch))
  // Then none of the runs says anything about its promise.
  if (differ) return failed({ built, report: { ...report, compiler } }, differWords(differ), use)
  const tried: AdmittedFile = {
    built,
    report: { ...report, compiler, faults: broken, found, races, racesCut },
  }
  return refused === null ? tried : failed(tried, refused, use)
}

/** @param folder a place for what is made of them */
export async function admitAll(
  files: readonly TrackerFile[],
  folder: string,
  options: AdmitOptions,
): Promise<AdmittedFile[]> {
  const admitted: AdmittedFile[] = []
  for (const [i, file] of files.entries()) {
    admitted.push(await admit(file, join(folder, String(i)), options))
  }
  return admitted
}
