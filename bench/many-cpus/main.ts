/**
 * `bench/many-cpus.sh`: predictions beside threads on 1, 2, 4 ... CPUs of this machine, within five
 * minutes, into one file.
 *
 * | file      | what it does                                            |
 * | --------- | ------------------------------------------------------- |
 * | main.ts   | calibrates, times, predicts, and writes the result      |
 * | cpus.ts   | which CPUs are timed, and which of them share a cache   |
 * | result.ts | what is written, and how it is shown                    |
 */
import { execFile } from 'node:child_process'
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { parseArgs, promisify } from 'node:util'
import {
  type Calibration,
  type CostModel,
  checkCostModel,
  compare,
  type ScenarioInput,
} from 'swiotlb-lab'
import { commandWords, keptHost, root, slugOf, source } from '../conditions.js'
import { chooseCpus, stepsTo } from './cpus.js'
import { type ManyCpus, manyCpusSchema, resultText, type Step } from './result.js'

const HELP = `usage: bench/many-cpus.sh [options]
  Calibrates this machine, times trackers on 1, 2, 4 ... threads, predicts the same in virtual
  time, and writes both into one file. Takes less than five minutes behind the build.
  --quick       fewer and shorter rounds: to see that it works, not to measure
  --out FILE    where to write the result (default: results/many-cpus/HOST-DATE.json)
  --help        this text
With fewer than 4 CPUs it says so, and compares those that there are.
Ends with 0 when it was done, with 1 when it could not be, with 2 on wrong use.`

/** Below this nothing is learned of many CPUs. */
const FEW = 4
/** No further step is begun behind this, so that all of it stays below five minutes. */
const LAST_BEGIN_MS = 200_000
const GIVE_UP_MS = 295_000

const TRACKERS = ['off', 'global-atomic', 'per-area', 'reserve', 'epochs'] as const
const PREDICTED_STEPS = 200_000
const ROUNDS = { full: 100, quick: 8 } as const
const CALIBRATION_ROUNDS = { full: 60, quick: 20 } as const

/** An area for each CPU, a line or more to itself: what is shared is the tracker's. */
const LAYOUT = { areaLayout: 'padded' } as const

function scenario(cpus: number, copy: boolean, quick: boolean): ScenarioInput {
  // A pool has a power of two of areas.
  const areas = 2 ** Math.ceil(Math.log2(Math.max(cpus, 2)))
  return {
    name: `many-cpus-${cpus}`,
    pool: { slots: areas * 1024, areas },
    cpus,
    copy,
    workload: { sizes: [{ bytes: 4096 }], inFlight: 16 },
    steps: Math.max(1000 * cpus, 1000),
    timing: {
      threads: cpus,
      placement: 'neighbours',
      rounds: ROUNDS[quick ? 'quick' : 'full'],
      sliceMs: quick ? 1.5 : 3,
      latencyRounds: 0,
    },
  }
}

/** This process has but these CPUs from now on; threads go onto them in ascending order. */
const stayOn = (cpus: readonly number[]): Promise<unknown> =>
  promisify(execFile)('taskset', ['-a', '-c', '-p', cpus.join(','), String(process.pid)])

/** In a process of its own, which has but these two CPUs. */
async function calibrateOn(
  cpus: readonly number[],
  quick: boolean,
  signal: AbortSignal,
): Promise<Calibration> {
  const rounds = String(CALIBRATION_ROUNDS[quick ? 'quick' : 'full'])
  const cli = path.join(root, 'dist/cli/main.js')
  const args = ['-c', cpus.join(','), process.execPath, cli, 'calibrate', '--json']
  const { stdout } = await promisify(execFile)('taskset', [...args, '--rounds', rounds], {
    maxBuffer: 1 << 26,
    signal,
  })
  return JSON.parse(stdout) as Calibration
}

/** Two CPUs of one complex, and with more than one complex two that are in different ones. */
async function modelOf(
  complexes: readonly (readonly number[])[],
  quick: boolean,
  signal: AbortSignal,
): Promise<{ readonly model: CostModel; readonly warnings: readonly string[] }> {
  const [first = [], second] = [...complexes].sort((a, b) => b.length - a.length)
  const alone = first.length < 2
  const near = alone ? [...first, ...(second ?? [])].slice(0, 2) : first.slice(0, 2)
  const within = await calibrateOn(near, quick, signal)
  const warnings = [...within.warnings, ...within.contradictions]
  if (!second || alone) return { model: within.model, warnings }
  const across = await calibrateOn([first[0] as number, second[0] as number], quick, signal)
  const { core } = across.model.costs
  const of = { value: first.length, source: 'CPUs of this machine that share a last-level cache' }
  return {
    model: checkCostModel({
      ...within.model,
      coresPerComplex: of,
      costs: { ...within.model.costs, complex: core },
    }),
    warnings: [...warnings, ...across.warnings.map((words) => `between complexes: ${words}`)],
  }
}

async function step(
  cpus: number,
  copy: boolean,
  costModel: CostModel,
  quick: boolean,
  signal: AbortSignal,
): Promise<Step> {
  const input = scenario(cpus, copy, quick)
  const run = { trackers: TRACKERS, layout: LAYOUT, signal }
  const { rows, timing, warnings } = await compare(input, run)
  const predicted = await compare(
    { ...input, steps: Math.min(5000 * cpus, PREDICTED_STEPS) },
    { ...run, engine: 'virtual', machine: { costModel } },
  )
  if (timing === null) throw new Error(`${cpus} threads: nothing was timed`)
  return {
    cpus,
    copy,
    pinned: timing.pinned,
    realtime: timing.realtime,
    dropped: timing.dropped,
    stolen: timing.stolen,
    noise: timing.noise,
    line: timing.line?.regimes[0] ?? null,
    warnings: [...warnings],
    trackers: TRACKERS.map((tracker) => {
      const timed = rows.find((row) => row.tracker === tracker)?.throughput
      const told = predicted.rows.find((row) => row.tracker === tracker)?.throughput
      return {
        tracker,
        measured: timed
          ? {
              ns: timed.nsPerPair.median,
              meanNs: timed.mean?.nsPerPair.median ?? null,
              vsOff: timed.vsOff,
            }
          : null,
        predicted: told ? { ns: told.nsPerPair.median, vsOff: told.vsOff.ratio } : null,
      }
    }),
  }
}

async function measure(quick: boolean, command: string): Promise<ManyCpus> {
  const begun = performance.now()
  const took = (): number => performance.now() - begun
  const signal = AbortSignal.timeout(GIVE_UP_MS)
  const chosen = chooseCpus()
  const most = chosen.cpus.length
  const notes = [
    ...(most < FEW
      ? [`${most} cores are fewer than ${FEW}: this says nothing of many CPUs; compared are those`]
      : []),
    ...chosen.leftOut.map((words) => `left out: ${words}`),
    ...(quick ? ['--quick: fewer and shorter rounds than it takes to measure'] : []),
  ]
  if (most < 2) throw new Error('one CPU: no line moves, and nothing can be calibrated')
  const date = new Date().toISOString()
  const { model, warnings } = await modelOf(chosen.complexes, quick, signal)
  await stayOn(chosen.cpus)
  const steps: Step[] = []
  const left: number[] = []
  for (const cpus of stepsTo(most)) {
    if (took() > LAST_BEGIN_MS) left.push(cpus)
    else for (const copy of [false, true]) steps.push(await step(cpus, copy, model, quick, signal))
  }
  return manyCpusSchema.parse({
    kind: 'many-cpus',
    source: source(),
    host: keptHost(),
    date,
    command,
    quick,
    seconds: Math.round(took() / 100) / 10,
    complexes: chosen.complexes,
    notes: [
      ...notes,
      ...(left.length > 0 ? [`not begun, for lack of time: ${left.join(', ')} threads`] : []),
      ...warnings.map((words) => `calibrate: ${words}`),
    ],
    model,
    steps,
  })
}

async function main(args: string[]): Promise<number> {
  const { values } = parseArgs({
    args,
    options: {
      quick: { type: 'boolean', default: false },
      out: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  })
  if (values.help) {
    console.log(HELP)
    return 0
  }
  // Said at once, not behind minutes of measuring.
  if (values.out !== undefined && existsSync(values.out)) {
    throw Object.assign(new Error(`${values.out} is there already`), { code: 'EEXIST' })
  }
  const result = await measure(values.quick, commandWords('bench/many-cpus.sh', args))
  const name = `${slugOf(result.host)}-${result.date.slice(0, 19).replaceAll(':', '')}.json`
  const file = path.resolve(values.out ?? path.join(root, 'results/many-cpus', name))
  mkdirSync(path.dirname(file), { recursive: true })
  writeFileSync(file, `${JSON.stringify(result, null, 1)}\n`, { flag: 'wx' })
  console.log(resultText(result))
  console.log(`\nwritten: ${path.relative('.', file)}`)
  return 0
}

try {
  process.exitCode = await main(process.argv.slice(2))
} catch (error) {
  const { code, message } = error as Error & { code?: string }
  console.error(`many-cpus: ${message}`)
  process.exitCode = code?.startsWith('ERR_PARSE_ARGS') || code === 'EEXIST' ? 2 : 1
}
