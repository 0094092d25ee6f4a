/** The process in which trackers of the user's own run: it may crash or hang, and others go on. */
import { check, replayFinding } from '../check/check.js'
import { compare } from '../compare/compare.js'
import { InputError } from '../data/errors.js'
import { AddonError, addon, ResourceError } from '../native/addon.js'
import { replay } from '../replay/replay.js'
import type { Progress } from '../results/variant.js'
import { openNumbers, openOperations, TraceError } from '../trace/index.js'
import { type Covered, coveredOf } from '../tracker-file/covered.js'
import {
  type BuiltTracker,
  type Job,
  type JobResults,
  type Loaded,
  type Message,
  SEARCHING,
} from '../tracker-file/types.js'
import { load } from './load.js'
import { checkWithLines, findingWithLines } from './source-lines.js'
import { serialTrial, trial } from './trial.js'

const send = (message: Message): void => {
  process.send?.(message)
}

const onProgress = (progress: Progress): void => send({ kind: 'progress', progress })

async function loaded<T>(built: BuiltTracker, run: () => Promise<T>): Promise<Loaded<T>> {
  onProgress({ phase: 'loading', done: 0 })
  const made = load(built)
  if ('refused' in made) return { compiler: null, ...made, result: null }
  return { ...made, refused: null, result: await run() }
}

/** Of its code, what the schedules of this process have run. */
function coveredBySearch({ name, files, blocks, absent }: BuiltTracker): Covered {
  const ran = addon().trackerBlocks(addon().trackers().indexOf(name))
  return coveredOf(files, blocks, ran, absent)
}

async function work(job: Job): Promise<JobResults[Job['kind']]> {
  const phase = SEARCHING
  switch (job.kind) {
    case 'trial':
      return trial(job.built, job.layout, (phase) => onProgress({ phase, done: 0 }))
    case 'compare':
      for (const { path, name } of job.built) addon().loadTracker(path, name)
      return compare(job.input, { ...job.options, onProgress })
    case 'replay': {
      for (const { path, name } of job.built) addon().loadTracker(path, name)
      const operations = openOperations(job.operations)
      const times = job.times && openNumbers(job.times)
      return replay(
        { ...job.trace, operations, ...(times && { times }) },
        { ...job.options, onProgress },
      )
    }
    case 'check':
      return loaded(job.built, async () => {
        onProgress({ phase, done: 0 })
        const options = {
          ...job.options,
          onProgress: (done: number) => onProgress({ phase, done }),
        }
        const searched = await check(job.built.name, options)
        const covered = coveredBySearch(job.built)
        const result = await checkWithLines(searched, job.built)
        if (result.found || result.differ || result.wanted !== 'promise')
          return { result, covered, broken: [] }
        const onPhase = (phase: string): void => onProgress({ phase, done: 1 })
        const broken = await serialTrial(job.built, job.options.layout, onPhase)
        return { result, covered, broken }
      })
    case 'check-replay':
      return loaded(job.built, async () => {
        onProgress({ phase, done: 0 })
        const found = await replayFinding(job.text, job.log, { tracker: job.built.name })
        return findingWithLines(found, job.built)
      })
  }
}

// Whoever asked is gone. No orderly end: a tracker that hangs would keep it waiting.
process.once('disconnect', () => process.kill(process.pid, 'SIGKILL'))

process.once('message', async (job: Job) => {
  try {
    send({ kind: 'done', result: await work(job) })
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error)
    const input = [InputError, TraceError, AddonError, ResourceError].some(
      (kind) => error instanceof kind,
    )
    send({ kind: 'failed', input, message })
  }
})
