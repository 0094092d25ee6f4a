/** The trace of a boot, as a capture's tar. */
import {
  closeSync,
  createReadStream,
  createWriteStream,
  ftruncateSync,
  openSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { join, resolve } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { InputError, OutputError } from '../data/errors.js'
import { makeFolder } from '../system/folder.js'
import { runCommand } from '../system/process.js'
import { readPoolLines } from '../trace/pool.js'
import type { Needs } from './build.js'
import { type Machine, READ_MIB } from './machine.js'
import type { Told } from './told.js'

const MIB = 2 ** 20
/** For a tar of what a boot gives. */
const LIMIT_MS = 300_000

/** What packs a trace. */
export const captureNeeds: Needs = [
  ['tar', 'tar'],
  ['gzip', 'gzip'],
]

/** A file for a guest's disk, with room for its trace; it takes no room itself yet. */
export function makeDisk(folder: string): string {
  const file = join(folder, 'disk')
  const handle = openSync(file, 'w')
  ftruncateSync(handle, 2 * READ_MIB * MIB)
  closeSync(handle)
  return file
}

/** @throws OutputError for a place where no folder can be */
export function captureFolder(folder: string): string {
  try {
    makeFolder(folder)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    throw new OutputError(
      `--capture: ${folder} cannot be made (${code}); expected a place for a folder`,
    )
  }
  return resolve(folder)
}

/** What is known of the machine, as the capture script notes it. */
function notesOf({ before, after, probes, poolLines }: Told, { cpus, areas }: Machine) {
  return {
    nslabs: before?.nslabs,
    // The kernel may have made another number of what was asked.
    nareas: readPoolLines(poolLines.join('\n')).nareas ?? areas,
    used_before: before?.used,
    used_after: after?.used,
    hiwater_after: after?.hiwater,
    ncpus: cpus,
    trace_clock: 'global',
    lost: { overrun: probes?.overrun, 'missed probes': probes?.missed },
    recorded_by: 'swiotlb-lab boot',
  }
}

interface Recorded {
  /** With the disk in it, and what else is made meanwhile. */
  readonly folder: string
  readonly disk: string
  readonly told: Told
  readonly machine: Machine
  readonly signal?: AbortSignal | undefined
}

/**
 * Takes the trace from a guest's disk, and packs it with what is known of the machine.
 *
 * @param file the tar that is written, whole or not at all
 * @throws OutputError where it cannot be written; InputError where the guest gave none
 */
export async function saveCapture(recorded: Recorded, file: string): Promise<void> {
  const { folder, disk, told, machine, signal } = recorded
  const { captureBytes: bytes } = told
  if (bytes === null || bytes <= 0) throw new InputError('the guest gave no trace')
  const start = READ_MIB * MIB
  await pipeline(
    createReadStream(disk, { start, end: start + bytes - 1 }),
    createWriteStream(join(folder, 'trace.txt')),
    { ...(signal && { signal }) },
  )
  const notes = JSON.stringify(notesOf(told, machine), null, 1)
  writeFileSync(join(folder, 'meta.json'), `${notes}\n`)
  writeFileSync(join(folder, 'dmesg.txt'), told.poolLines.map((line) => `${line}\n`).join(''))
  const part = `${file}.part`
  const names = ['trace.txt', 'meta.json', 'dmesg.txt']
  const { code, stderr } = await runCommand(
    'tar',
    ['-c', '-z', '-f', part, '-C', folder, ...names],
    {
      limitMs: LIMIT_MS,
      folder,
      signal,
    },
  )
  try {
    if (code !== 0) throw new Error(stderr.trim())
    renameSync(part, file)
  } catch (error) {
    rmSync(part, { force: true })
    throw new OutputError(`--capture: ${file} cannot be written: ${(error as Error).message}`)
  }
}
