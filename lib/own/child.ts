/** The process in which trackers of the user's own run: it may crash or hang, and others go on. */
import { addon } from '../native.js'
import { compare } from '../run/compare.js'
import type { Progress } from '../run/types.js'
import { InputError } from '../scenario/errors.js'
import { trial } from './trial.js'
import type { Job, Message, TrialResult } from './types.js'

const send = (message: Message): void => {
  process.send?.(message)
}

const onProgress = (progress: Progress): void => send({ kind: 'progress', progress })

async function work(job: Job): Promise<TrialResult | Awaited<ReturnType<typeof compare>>> {
  if (job.kind === 'trial') {
    return trial(job.built, job.layout, (phase) => onProgress({ phase, done: 0 }))
  }
  for (const { path, name } of job.built) addon.loadTracker(path, name)
  return compare(job.input, { ...job.options, onProgress })
}

// Whoever asked is gone. No orderly end: a tracker that hangs would keep it waiting.
process.once('disconnect', () => process.kill(process.pid, 'SIGKILL'))

process.once('message', async (job: Job) => {
  try {
    send({ kind: 'done', result: await work(job) })
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error)
    send({ kind: 'failed', input: error instanceof InputError, message })
  }
})
