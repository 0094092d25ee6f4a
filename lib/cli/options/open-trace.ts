/** A trace as it is named on the command line, with what is known of the machine. */
import { existsSync, realpathSync, statSync } from 'node:fs'
import { join, resolve } from 'node:path'
import type { Command } from 'commander'
import {
  closeTrace,
  fileSource,
  InputError,
  joinedSource,
  type Notes,
  openTrace,
  type SpooledTrace,
  streamSource,
  TraceError,
  type TraceHints,
  type TraceSource,
} from '../../index.js'
import { limits } from '../../scenario/schema.js'
import {
  notesBesideAll,
  openTraceFile,
  remarksBesideAll,
  withLosses,
  withRemarks,
} from '../../trace/index.js'
import { STDIN } from './input.js'
import type { Io } from './io.js'
import { readMeta } from './meta.js'
import { fileWord } from './next-step.js'
import { address, areaCount, givenArgs, slotCount } from './parse.js'

/** What the options say of the machine that recorded, and of the files. */
export interface PoolFlags {
  readonly slots?: number
  readonly areas?: number
  readonly poolStart?: bigint
  readonly meta?: string
  readonly join?: boolean
}

/** The options of every command that reads traces. */
export function addTraceOptions(command: Command): Command {
  return command
    .option(
      '--slots <size>',
      'pool, where the trace does not say, or instead',
      slotCount('--slots'),
    )
    .option('--areas <n>', 'areas of the pool, likewise', areaCount('--areas', ...limits.areas))
    .option('--pool-start <address>', 'bus address of slot 0, likewise', address('--pool-start'))
    .option('--meta <file>', 'notes of the recording; default: meta.json beside the trace')
    .option('--join', 'the files are parts of one trace')
}

/** The same as they were given, to be typed again. */
export function traceArgs(flags: PoolFlags, names: readonly (keyof PoolFlags)[]): string {
  const start =
    flags.poolStart === undefined ? '' : ` --pool-start 0x${flags.poolStart.toString(16)}`
  const join = flags.join ? ' --join' : ''
  return (
    givenArgs(
      flags,
      names.filter((name) => name !== 'poolStart' && name !== 'join'),
    ) +
    (names.includes('poolStart') ? start : '') +
    join
  )
}

export interface Opened {
  /** As it was named, to be typed again: of several files, all of them. */
  readonly typed: string
  readonly trace: SpooledTrace
  readonly meta: Notes | undefined
}

const nameOf = (file: string): string => (file === STDIN ? 'stdin' : file)

/** What a recording is called in the folder of an unpacked capture. */
const TRACES = ['trace.txt', 'trace.txt.gz', 'trace.txt.zst']

/** Why a path cannot be looked at is said by whoever reads it. */
function isFolder(path: string): boolean {
  try {
    return statSync(path).isDirectory()
  } catch {
    return false
  }
}

/**
 * The trace in a folder, or the file itself.
 *
 * @throws InputError for a folder without one
 */
function fileIn(file: string): string {
  if (file === STDIN || !isFolder(file)) return file
  const found = TRACES.map((name) => join(file, name)).find((path) => existsSync(path))
  if (found) return found
  throw new InputError(`${file}: a folder without ${TRACES[0]}; expected a trace, or such a folder`)
}

const sourceOf = (file: string): TraceSource =>
  file === STDIN ? streamSource(process.stdin, nameOf(file)) : fileSource(file)

const notesGiven = ({ meta }: PoolFlags): Notes | undefined =>
  meta === undefined ? undefined : readMeta(meta)

/** What the options say of the pool helps to read a trace only where its notes are silent. */
function hintsOf(name: string, flags: PoolFlags, meta: Notes | undefined): TraceHints {
  const { slots, areas, poolStart } = flags
  return {
    ...(slots !== undefined && { nslabs: slots }),
    ...(areas !== undefined && { nareas: areas }),
    ...(poolStart !== undefined && { start: poolStart }),
    ...meta?.hints,
    file: name,
  }
}

function openingOptions(name: string, io: Io) {
  const onProgress = ({ read, size }: TraceSource, sorting: boolean): void => {
    const phase = `reading ${name}${sorting ? ' again, to put its lines in order' : ''}`
    io.progress({
      phase,
      done: size === undefined ? Number.NaN : read / size,
      work: { count: read, unit: 'byte' },
    })
  }
  return { signal: io.signal, onProgress }
}

async function openOne(file: string, flags: PoolFlags, io: Io): Promise<Opened> {
  const name = nameOf(file)
  const { trace, notes } = await openTraceFile(
    sourceOf(file),
    {
      hints: hintsOf(name, flags, undefined),
      path: file === STDIN ? undefined : file,
      notes: notesGiven(flags),
    },
    openingOptions(name, io),
  )
  return { typed: fileWord(file), trace, meta: notes }
}

/** Why a path cannot be followed is said by whoever reads it. */
function realPathOf(file: string): string {
  try {
    return realpathSync(file)
  } catch {
    return resolve(file)
  }
}

/** Throws InputError for a file that is named twice, by whatever path. */
function checkOnce(files: readonly string[]): void {
  const seen = new Map<string, string>()
  for (const file of files) {
    const real = file === STDIN ? file : realPathOf(file)
    const before = seen.get(real)
    if (before !== undefined) {
      const words =
        before === file ? `${nameOf(file)} is named twice` : `${before} and ${file} are one file`
      throw new InputError(`--join: ${words}; expected each part once`)
    }
    seen.set(real, file)
  }
}

async function openJoined(files: readonly string[], flags: PoolFlags, io: Io): Promise<Opened> {
  checkOnce(files)
  const typed = files.map(fileWord).join(' ')
  const source = joinedSource(files.map((file) => ({ file: nameOf(file), source: sourceOf(file) })))
  try {
    const named = files.filter((file) => file !== STDIN)
    const meta = notesGiven(flags) ?? notesBesideAll(named)
    const hints = hintsOf(files.map(nameOf).join(' + '), flags, meta)
    const trace = await openTrace(source, hints, openingOptions(hints.file, io))
    const [over] = source.passedOver()
    if (over !== undefined) {
      closeTrace(trace)
      throw new InputError(
        `--join: ${over} has bounced maps, and none of the probes that other parts have, so that nothing of ` +
          'it would be read; expected parts of one recording',
      )
    }
    const remarks = remarksBesideAll(named)
    return { typed, trace: withRemarks(withLosses(trace, meta), remarks), meta }
  } catch (error) {
    if (!(error instanceof TraceError) || error.line === 0) throw error
    const { file, line } = source.placeOf(error.line)
    throw new TraceError(file, line, error.problem, error.expected)
  } finally {
    source.close()
  }
}

/** The files of each trace: one for each, or with --join all of one. Throws InputError. */
export function traceFiles(files: readonly string[], { join }: PoolFlags): (readonly string[])[] {
  if (!join) return files.map((file) => [file])
  if (files.length < 2) throw new InputError('--join: expected several files')
  return [files]
}

/** The trace in these files; the caller closes it. */
export async function openFiles(
  files: readonly string[],
  flags: PoolFlags,
  io: Io,
): Promise<Opened> {
  const [only, ...more] = files.map(fileIn) as [string]
  return more.length === 0 ? openOne(only, flags, io) : openJoined([only, ...more], flags, io)
}

/** The pool that the kernel had: as the trace says, or its notes. */
export function kernelPool({ trace, meta }: Opened): Omit<TraceHints, 'file'> {
  return { ...meta?.hints, ...trace.pool }
}
