/** Is the counter a bottleneck end to end, next to the copies? On 1 to 512 virtual CPUs. */
import {
  type Comparison,
  compare,
  lossThresholds,
  type Prediction,
  passings,
  trackers,
} from 'swiotlb-lab'
import type { Context, Part } from '../part.js'
import { percent, table } from '../text.js'
import { machine } from '../virtual.js'

const MODELS = ['default', 'published'] as const
const SLOTS_PER_AREA = 2048
const IN_FLIGHT = 8

interface Step {
  readonly value: number
  readonly rows: Comparison['rows']
}

/** All CPU counts with mappings of one size. */
interface Series {
  readonly bytes: number
  readonly steps: readonly Step[]
}

const scenario = (cpus: number, bytes: number, quick: boolean) => ({
  name: `end-to-end-${bytes}`,
  pool: { slots: cpus * SLOTS_PER_AREA, areas: cpus },
  cpus,
  workload: { sizes: [{ bytes }], inFlight: IN_FLIGHT, order: 'random' as const },
  steps: Math.max(cpus * (quick ? 50 : 150), 2000),
})

async function series(
  model: string,
  bytes: number,
  { quick, signal, progress }: Context,
): Promise<Series> {
  const steps: Step[] = []
  for (const cpus of quick ? [1, 8, 64, 512] : [1, 2, 4, 8, 16, 32, 64, 128, 256, 512]) {
    progress(`${model}, ${bytes / 1024} KiB, ${cpus} CPUs`)
    const { rows } = await compare(scenario(cpus, bytes, quick), {
      engine: 'virtual',
      machine: machine(cpus, model),
      // With copies only.
      timing: false,
      signal,
    })
    steps.push({ value: cpus, rows })
  }
  return { bytes, steps }
}

const predictionOf = ({ rows }: Step, tracker: string): Prediction | undefined =>
  rows.find((row) => row.tracker === tracker)?.virtual?.full

const share = (prediction: Prediction | undefined): number =>
  prediction ? prediction.perPairNs.tracker / prediction.nsPerPair : Number.NaN

/** CPUs down, sizes across: share of time in the tracker, and loss of throughput. */
function grid(all: readonly Series[], tracker: string): string {
  const [first] = all
  if (!first) return ''
  return table(
    ['CPUs', ...all.map(({ bytes }) => `${bytes / 1024} KiB`)],
    first.steps.map(({ value }, i) => [
      String(value),
      ...all.map(({ steps }) => {
        const prediction = predictionOf(steps[i] as Step, tracker)
        return `${percent(share(prediction))}, ${percent(prediction?.lostThroughput ?? Number.NaN)}`
      }),
    ]),
  )
}

const counted = trackers.map(({ name }) => name).filter((name) => name !== 'off')

/** From how many CPUs each tracker passes each loss. */
function thresholds(all: readonly Series[]): string {
  return table(
    ['tracker', ...all.map(({ bytes }) => `${bytes / 1024} KiB`)],
    counted.map((tracker) => [
      tracker,
      ...all.map(({ steps }) => {
        const [found] = passings([tracker], steps, 'full')
        return (found?.from ?? []).map((cpus) => cpus ?? '-').join(' / ')
      }),
    ]),
  )
}

/** The grids of the kernel's way and of the two that are proposed instead. */
const SHOWN = ['global-atomic', 'per-area', 'reserve'] as const

export const virtualEndToEnd: Part = {
  name: 'virtual-end-to-end',
  question: 'what each tracker costs next to the copies, on 1 to 512 virtual CPUs',
  run: async (context) => {
    const sizes = context.quick ? [2048, 65536] : [2048, 4096, 16384, 65536, 262144]
    const texts = [
      `steady load, ${IN_FLIGHT} in flight, an area for each CPU, copies on, 64 CPUs to a socket (no goals)`,
    ]
    const data: unknown[] = []
    for (const model of MODELS) {
      const all: Series[] = []
      for (const bytes of sizes) all.push(await series(model, bytes, context))
      data.push({ model, series: all })
      texts.push(
        '',
        `cost model ${model}: from how many CPUs the loss of throughput passes ` +
          `${lossThresholds.map(percent).join(' / ')}`,
        thresholds(all),
        ...SHOWN.flatMap((tracker) => [
          '',
          `cost model ${model}, ${tracker}: share of a map+unmap in the tracker, loss of throughput`,
          grid(all, tracker),
        ]),
      )
    }
    return { text: texts.join('\n'), goals: [], data }
  },
}
