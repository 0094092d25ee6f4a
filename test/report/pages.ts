// Results as commands print them, and pages that are made of them.

import { readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { cli, type Ended } from '../cli/process.js'
import type { Scratch } from '../scratch.js'

const TRACE = 'captures/c-mixed-4cpu/trace.txt.gz'

/** Few trackers, few steps: what is looked at is the page. */
const QUICK = ['--steps', '20000', '--trackers', 'off,global-atomic,per-area,batched,reserve']

export const commands = {
  compare: ['compare', 'review-64mib', ...QUICK, '--rounds', '7'],
  sweep: ['compare', 'uniform', ...QUICK, '--engine', 'virtual', '--sweep', 'cpus=1,2,4'],
  run: ['run', 'uniform', '--tracker', 'reserve', '--steps', '20000', '--rounds', '7'],
  replay: ['replay', TRACE, '--trackers', 'off,global-atomic,per-area,reserve'],
  virtual: ['replay', TRACE, '--engine', 'virtual', '--trackers', 'off,global-atomic,per-area'],
  size: ['size', TRACE, '--orders', '2'],
  devices: ['devices', TRACE],
  check: ['check', 'global-atomic', '--wanted', 'above-pool'],
} as const

export type Kind = keyof typeof commands

/** The result as a file of that name; its text. */
export async function resultFile(scratch: Scratch, kind: Kind): Promise<string> {
  const { stdout, stderr } = await cli([...commands[kind], '--json'])
  if (stdout === '') throw new Error(`${kind}: ${stderr}`)
  return scratch.file(`${kind}.json`, stdout)
}

/** What a comparison or a series could have been before: a mark and a cost are others. */
export function olderFile(scratch: Scratch, file: string): string {
  const document = JSON.parse(readFileSync(file, 'utf8'))
  const steps: readonly { comparison: typeof document }[] = document.steps ?? [
    { comparison: document },
  ]
  for (const {
    comparison: { rows },
  } of steps) {
    const { accuracy, throughput } = rows[1]
    accuracy.reportedSlots -= 100
    accuracy.errorSlots -= 100
    for (const key of ['ratio', 'low', 'high']) throughput.vsOff[key] *= 1.5
  }
  return scratch.file(`old-${basename(file)}`, JSON.stringify(document))
}

/** @returns what the command ended with, and where its page would be */
export async function reportOf(
  scratch: Scratch,
  name: string,
  args: readonly string[],
): Promise<{ readonly ended: Ended; readonly out: string }> {
  const out = join(scratch.folder, name)
  return { ended: await cli(['report', ...args, '--out', out]), out }
}
