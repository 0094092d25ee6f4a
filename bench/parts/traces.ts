/** How fast traces are read and sized, and in what memory. */
import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { closeTrace, fileSource, openTrace, size } from 'swiotlb-lab'
import { memoryOf } from '../apart.js'
import type { Figure } from '../figure.js'
import type { Context, Part } from '../part.js'
import { figuresText, table } from '../text.js'
import { POOL, writeTrace } from '../trace-text.js'
import { inTurns } from '../tries.js'
import { type Attempt, exactFigure, figure, goal } from '../verdict.js'

const run = promisify(execFile)

/** One try. Seconds; those of the reader are of CPU time, the others of the clock. */
interface Sample {
  readonly readCpu: number
  readonly read: number
  readonly wc: number
  readonly sized: number
}

async function measure(file: string, signal: AbortSignal): Promise<Sample> {
  const counting = performance.now()
  await run('wc', ['-l', file], { signal })
  const wc = (performance.now() - counting) / 1000
  const spent = process.cpuUsage()
  const reading = performance.now()
  const trace = await openTrace(fileSource(file), { file, ...POOL }, { signal })
  const read = (performance.now() - reading) / 1000
  const { user, system } = process.cpuUsage(spent)
  try {
    const sizing = performance.now()
    await size(
      [{ trace, recorded: { slots: POOL.nslabs, areas: POOL.nareas, start: POOL.start } }],
      {
        areas: [POOL.nareas],
        signal,
      },
    )
    return { readCpu: (user + system) / 1e6, read, wc, sized: (performance.now() - sizing) / 1000 }
  } finally {
    closeTrace(trace)
  }
}

const MEMORY = `
const [lib, file, pool] = process.argv.slice(1)
const { closeTrace, fileSource, openTrace } = await import(lib)
const { start, ...sizes } = JSON.parse(pool)
closeTrace(await openTrace(fileSource(file), { file, ...sizes, start: BigInt(start) }))`

const memory = (file: string, signal: AbortSignal): Promise<number> =>
  memoryOf(MEMORY, [file, JSON.stringify({ ...POOL, start: `${POOL.start}` })], signal)

/** No noise control: the tries differ by what else the host does, and that is what is shown. */
const tryOf = (value: number): Attempt => ({ rounds: [value], noise: null, run: null })

function figuresOf(
  { events, maps }: { events: number; maps: number },
  samples: readonly Sample[],
  mebibytes: number,
): Figure[] {
  const rate = (
    id: string,
    what: string,
    atLeast: number,
    perSecond: (sample: Sample) => number,
  ): Figure =>
    figure(
      { id: `traces/${id}/million`, what, unit: 'million/s', target: goal({ atLeast }) },
      samples.map((sample) => tryOf(perSecond(sample) / 1e6)),
    )
  return [
    rate(
      'read',
      'million events read in a second of CPU time',
      0.5,
      ({ readCpu }) => events / readCpu,
    ),
    rate(
      'size',
      'million maps sized in a second, for one number of areas',
      0.1,
      ({ sized }) => maps / sized,
    ),
    exactFigure(
      {
        id: 'traces/memory',
        what: 'memory of reading the larger file',
        unit: 'MiB',
        target: goal({ atMost: 200e6 / 2 ** 20 }),
      },
      mebibytes,
    ),
  ]
}

async function measureAll(folder: string, context: Context) {
  const { quick, signal, progress } = context
  const file = join(folder, 'trace.txt')
  const large = join(folder, 'large.txt')
  progress('writing the traces')
  const counts = writeTrace(file, quick ? 2e7 : 4.2e8)
  writeTrace(large, quick ? 5e7 : 1e9)
  const [samples = []] = await inTurns(['all'], context, (_, number) => {
    progress(`try ${number}`)
    return measure(file, signal)
  })
  progress('memory')
  const mebibytes = await memory(large, signal)
  const bytes = { file: statSync(file).size, large: statSync(large).size }
  return { counts, samples, mebibytes, bytes }
}

export const traces: Part = {
  name: 'traces',
  question: 'how fast traces are read and sized, and in what memory',
  seconds: ({ quick, tries }) => (quick ? 6 : 40) + tries * (quick ? 2 : 16),
  run: async (context) => {
    const folder = mkdtempSync(join(tmpdir(), 'swiotlb-lab-traces-'))
    try {
      const data = await measureAll(folder, context)
      const { counts, samples, mebibytes, bytes } = data
      const figures = figuresOf(counts, samples, mebibytes)
      const megabytes = (count: number): string => `${Math.round(count / 1e6)} MB`
      return {
        text: [
          `${counts.events} events of ${counts.maps} maps, ${megabytes(bytes.file)} of text; ` +
            `memory: ${megabytes(bytes.large)}; seconds, every try`,
          table(
            ['wc -l', 'read', 'read, CPU time', 'size'],
            samples.map(({ wc, read, readCpu, sized }) =>
              [wc, read, readCpu, sized].map((value) => value.toFixed(2)),
            ),
          ),
          '',
          figuresText(figures),
        ].join('\n'),
        figures,
        data,
      }
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  },
}
