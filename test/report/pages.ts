// Results as commands print them, and pages that are made of them.

import { readdirSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { type DocumentKind, schemaOf } from '../../lib/results/schema.js'
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

const made = { version: '0.1.0', command: 'swiotlb-lab --json' }

/** A boot that is kept, with its traces replayed: a kernel is not built here. */
export function bootFile(scratch: Scratch): string {
  const kept = readdirSync('results')
    .filter((file) => /-boot(?:-\d+)?\.json$/.test(file))
    .map((file) => JSON.parse(readFileSync(join('results', file), 'utf8')).result)
  const result = kept.find(({ replayed }) => replayed)
  return scratch.file('boot.json', JSON.stringify({ ...result, made }))
}

/** What `run` and `check` print of a tracker file, out of what they print of another tracker. */
export function trackerFiles(scratch: Scratch, run: string, check: string): string[] {
  const { schema: _, made: __, ...ran } = JSON.parse(readFileSync(run, 'utf8'))
  const { schema: ___, made: ____, ...searched } = JSON.parse(readFileSync(check, 'utf8'))
  const tracker = 'mine.h'
  const file = 'trackers/mine.h'
  const row = { ...ran, tracker }
  const { found } = searched
  const report = { tracker, file, compiler: 'gcc 12', races: [], racesCut: false }
  const kept = { ...report, compared: true, faults: [], found: null, result: row }
  const crashed = ['crashed (SIGSEGV) in the short serial run']
  return [
    ['run-file', kept],
    ['run-file', { ...report, compared: false, faults: crashed, found, result: null }],
    [
      'check-file',
      { tracker, file, compiler: 'gcc 12', fault: null, result: { ...searched, tracker } },
    ],
    ['check-file', { tracker, file, compiler: null, fault: 'does not compile', result: null }],
    [
      'check-file',
      {
        ...{ tracker, file, compiler: 'gcc 12', fault: null },
        result: { ...searched, tracker, found: null },
        broken: ['broke its promise (exact) in the short serial run'],
      },
    ],
    ['finding-file', { tracker, file, compiler: 'gcc 12', fault: null, result: found }],
    ['finding-file', { tracker, file, compiler: null, fault: 'does not load', result: null }],
  ].map(([kind, result], i) =>
    scratch.file(
      `file-${i}.json`,
      JSON.stringify({ schema: schemaOf(kind as DocumentKind), made, ...(result as object) }),
    ),
  )
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
