/** How fast virtual time passes, and what memory it takes. */
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { compare, type ScenarioInput, type TrackerName } from 'swiotlb-lab'
import type { Context, Goal, Part } from '../part.js'
import { goalsText, table } from '../text.js'
import { exactGoal } from '../verdict.js'

const CPUS = [2, 16, 128, 1024] as const
const TRIES = 5
const IN_FLIGHT = 4

const scenario = (cpus: number, steps: number): ScenarioInput => ({
  name: `speed-${cpus}`,
  pool: { slots: cpus * 512, areas: cpus },
  cpus,
  copy: false,
  workload: { sizes: [{ bytes: 4096 }], inFlight: IN_FLIGHT },
  steps: cpus * steps,
})

/** Simulated map+unmap pairs in a second of CPU time. */
interface Sample {
  readonly off: number
  readonly globalAtomic: number
}

interface Speed {
  readonly cpus: number
  /** By try. */
  readonly off: readonly number[]
  /** The same with a counter that is everybody's. */
  readonly globalAtomic: readonly number[]
}

/** CPU time of a comparison: what else the host does meanwhile is not in it. */
async function seconds(input: ScenarioInput, tracker: TrackerName, signal: AbortSignal) {
  const begun = process.cpuUsage()
  await compare(input, {
    engine: 'virtual',
    machine: { costModel: 'default' },
    trackers: [tracker],
    signal,
  })
  const { user, system } = process.cpuUsage(begun)
  return (user + system) / 1e6
}

/** `off` is run twice in each comparison, with two seeds; another tracker once beside that. */
async function measure(cpus: number, { quick, signal }: Context): Promise<Sample> {
  const steps = Math.ceil((quick ? 2e5 : 1e6) / cpus)
  const pairs = cpus * (steps - 1)
  // What it takes to set up is left out: it is that of a run of one step.
  const net = async (tracker: TrackerName): Promise<number> =>
    (await seconds(scenario(cpus, steps), tracker, signal)) -
    (await seconds(scenario(cpus, 1), tracker, signal))
  const alone = await net('off')
  const both = await net('global-atomic')
  return { off: (2 * pairs) / alone, globalAtomic: pairs / Math.max(both - alone, 1e-9) }
}

/** The tries of one size are far apart: a host is busy for minutes, and quiet for minutes. */
async function measureAll(context: Context): Promise<Speed[]> {
  const samples = CPUS.map((): Sample[] => [])
  await seconds(scenario(128, 1000), 'off', context.signal)
  for (let i = 0; i < (context.quick ? 1 : TRIES); i++) {
    for (const [at, cpus] of CPUS.entries()) {
      context.progress(`try ${i + 1}, ${cpus} CPUs`)
      samples[at]?.push(await measure(cpus, context))
    }
  }
  return CPUS.map((cpus, at) => ({
    cpus,
    off: samples[at]?.map(({ off }) => off) ?? [],
    globalAtomic: samples[at]?.map(({ globalAtomic }) => globalAtomic) ?? [],
  }))
}

/** What else the host does only ever makes it slower. */
const best = (values: readonly number[]): number => Math.max(...values)

const MEMORY = `
const [lib, input] = process.argv.slice(1)
const { compare } = await import(lib)
await compare(JSON.parse(input), { engine: 'virtual', trackers: ['global-atomic'], timing: false })
console.log(process.resourceUsage().maxRSS)`

/** MiB that a process of its own has at its highest: 1024 CPUs, a pool of 1 GiB, copies charged. */
async function memory(signal: AbortSignal): Promise<number> {
  const input = { ...scenario(1024, 50), copy: true }
  const { stdout } = await promisify(execFile)(
    process.execPath,
    [
      ...['--input-type=module', '-e', MEMORY, '--'],
      import.meta.resolve('swiotlb-lab'),
      JSON.stringify(input),
    ],
    { signal },
  )
  return Number(stdout) / 1024
}

function goalsOf(speeds: readonly Speed[], mebibytes: number): Goal[] {
  const at = (cpus: number): number => best(speeds.find((one) => one.cpus === cpus)?.off ?? [])
  const million = at(128) / 1e6
  const growth = (from: number, to: number): Goal => {
    const times = at(from) / at(to)
    const limit = Math.log2(to) / Math.log2(from)
    return exactGoal(
      `cost of a pair, ${to} CPUs over ${from}`,
      `at most ${limit.toFixed(2)} (log N)`,
      times,
      times <= limit,
      'ratio',
    )
  }
  return [
    exactGoal('million pairs per second, 128 CPUs', 'at least 1', million, million >= 1, 'ratio'),
    exactGoal('the same', 'aim: 2', million, million >= 2, 'ratio'),
    growth(16, 128),
    growth(16, 1024),
    exactGoal('memory, 1024 CPUs and a 1 GiB pool', 'below 1024 MiB', mebibytes, mebibytes < 1024),
  ]
}

export const virtualSpeed: Part = {
  name: 'virtual-speed',
  question:
    'how many map+unmap pairs of virtual CPUs are simulated in a second, and in what memory',
  run: async (context) => {
    const speeds = await measureAll(context)
    context.progress('memory')
    const mebibytes = await memory(context.signal)
    const goals = goalsOf(speeds, mebibytes)
    const cell = (values: readonly number[]): string =>
      values.map((value) => (value / 1e6).toFixed(2)).join(', ')
    return {
      text: [
        'million pairs in a second of CPU time, without setting up; every try, the best counts',
        table(
          ['CPUs', 'off', 'global-atomic'],
          speeds.map(({ cpus, off, globalAtomic }) => [
            String(cpus),
            cell(off),
            cell(globalAtomic),
          ]),
        ),
        '',
        goalsText(goals),
      ].join('\n'),
      goals,
      data: { speeds, mebibytes },
    }
  },
}
