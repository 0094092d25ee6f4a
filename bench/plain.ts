/** The plain C program: built from the addon's own object files, run once per call. */
import { execFile } from 'node:child_process'
import { accessSync, mkdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { promisify } from 'node:util'
import type { Scenario, Timing, TrackerName } from 'swiotlb-lab'
import { root } from './conditions.js'

const run = promisify(execFile)

const makefile = path.join(root, 'build/swiotlb_lab.target.mk')
const objects = path.join(root, 'build/Release/obj.target/swiotlb_lab')
/** The instrumented allocators, which the table of trackers names too. */
const archive = path.join(root, 'build/Release/obj.target/instrumented.a')
const program = path.join(root, 'dist-bench/native/plain')

/** No run of the program may take longer. */
const LIMIT_MS = 60_000

const HINT = 'build the addon first: npm run build:native'

/** The words of a list in the makefile that node-gyp wrote: `NAME := \` and a word a line. */
function listOf(text: string, name: string): string[] {
  const found = new RegExp(`^${name} :=((?:.*\\\\\\n)*.*)`, 'm').exec(text)?.[1]
  if (found === undefined) throw new Error(`${makefile} has no ${name}; ${HINT}`)
  return found
    .split('\n')
    .map((line) =>
      line
        .replace(/\\$/, '')
        .trim()
        .replace(/^'(.*)'$/, '$1'),
    )
    .filter(Boolean)
}

function flags(): string[] {
  let text: string
  try {
    text = readFileSync(makefile, 'utf8')
  } catch (error) {
    throw new Error(`cannot read the addon's flags (${(error as Error).message}); ${HINT}`)
  }
  return ['DEFS_Release', 'CFLAGS_Release', 'CFLAGS_C_Release'].flatMap((name) =>
    listOf(text, name),
  )
}

export interface PlainProgram {
  /** What its own source file was compiled with; the rest are the addon's object files. */
  readonly flags: readonly string[]
  readonly run: (settings: PlainSettings, signal: AbortSignal) => Promise<PlainResult>
}

interface PlainSettings {
  /** As the addon was given it; one size, no masks, fifo, steady, to the device. */
  readonly scenario: Scenario
  readonly timing: Pick<Timing, 'threads' | 'cpuIds'>
  readonly memOffset: number
  /** The first is timed twice. */
  readonly trackers: readonly TrackerName[]
}

export interface PlainResult {
  readonly compiler: string
  readonly pinned: boolean
  readonly realtime: boolean
  /** ns per pair by variant and round: the first tracker, its second copy, the other trackers. */
  readonly nsPerPair: readonly (readonly (number | null)[])[]
}

function argumentsOf({ scenario, timing, memOffset, trackers }: PlainSettings): string[] {
  const { pool, workload } = scenario
  const [size] = workload.sizes
  if (!size || !('bytes' in size)) throw new Error('the plain program maps one size only')
  const settings = {
    nslabs: pool.slots,
    nareas: pool.areas,
    start: pool.start,
    mem_offset: memOffset,
    threads: timing.threads,
    stride: timing.cpuIds[1] ?? 0,
    in_flight: workload.inFlight,
    bytes: size.bytes,
    orig_align: workload.origAlign,
    direction: 1,
    copy: Number(scenario.copy),
    seed: scenario.seed,
    rounds: scenario.timing.rounds,
    slice_ns: Math.round(scenario.timing.sliceMs * 1e6),
    sample_ns: scenario.samplePeriod.us * 1000,
  }
  return [...Object.entries(settings).map(([key, value]) => `${key}=${value}`), ...trackers]
}

/**
 * Builds the program with the addon's flags, from the object files that the addon was linked from:
 * the allocators and the engine are the same machine code.
 *
 * @throws Error when the addon was not built here, or there is no compiler
 */
export async function buildPlain(signal: AbortSignal): Promise<PlainProgram> {
  const compileFlags = flags()
  const { stdout } = await run(process.execPath, ['native/sources.cjs'], { cwd: root, signal })
  const files = stdout
    .split('\n')
    .filter((source) => source !== '' && !source.endsWith('_instrumented.c'))
    .map((source) => path.join(objects, source.replace(/\.c$/, '.o')))
  files.push(archive)
  for (const file of files) {
    try {
      accessSync(file)
    } catch {
      throw new Error(`${file} is not there; ${HINT}`)
    }
  }
  mkdirSync(path.dirname(program), { recursive: true })
  const compiler = process.env['CC'] ?? 'cc'
  // A function without its header would be called as another than it is.
  const strict = ['-Werror=implicit-function-declaration', '-Werror=int-conversion']
  const own = [...strict, '-Inative', 'bench/native/plain.c', '-o', program, '-pthread']
  await run(compiler, [...compileFlags, ...own, ...files, '-lm', '-ldl'], {
    cwd: root,
    signal,
    timeout: LIMIT_MS,
  }).catch((error: NodeJS.ErrnoException & { stderr?: string }) => {
    signal.throwIfAborted()
    // Its message is the whole command line; what the compiler said is more use.
    const said = error.stderr?.trim().split('\n', 5).join('\n')
    throw new Error(
      `${compiler} could not build bench/native/plain.c: ${said || `exit ${error.code}`}`,
    )
  })
  return {
    flags: compileFlags,
    run: async (settings, runSignal) => {
      const result = await run(program, argumentsOf(settings), {
        signal: runSignal,
        timeout: LIMIT_MS,
        maxBuffer: 64 * 1024 * 1024,
      })
      return JSON.parse(result.stdout) as PlainResult
    },
  }
}
