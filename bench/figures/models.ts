/** What docs/patch.md shows of the models of real processors: who waits for what, in one table. */
import type { KeptCommand, KeptFile } from '../kept.js'
import { costsCell, offCell, type Sweep, trackersOf } from './cells.js'
import { markdownTable } from './markdown.js'
import { newest, notKept, placeWords, textOf } from './shown.js'

export const PADDED = '--area-layout padded'
export const MODEL = '--cost-model'

/** A load on a machine of a model. */
interface Series {
  readonly load: string
  readonly steps: string
  readonly options: string
}

const onBoth = (load: string, model: string): Series[] => [
  { load, steps: '16,64,128', options: `${MODEL} ${model} --threads-per-core 2` },
  { load, steps: '64,128,256', options: `${MODEL} ${model} --sockets 2 --threads-per-core 2` },
]

/** The machine that has no limit last: its other load stands in a table of its own. */
const SERIES: readonly Series[] = [
  ...['uniform', 'fio-4k'].flatMap((load) =>
    ['sapphire-rapids', 'epyc-milan'].flatMap((model) => onBoth(load, model)),
  ),
  { load: 'fio-4k', steps: '16,64,128,256', options: '' },
]

const TRACKERS = 'off,global-atomic,per-area,reserve,epochs'

const commandOf = ({ load, steps, options }: Series): string =>
  `compare ${load} --engine virtual --sweep cpus=${steps} ${PADDED} --trackers ${TRACKERS}` +
  (options === '' ? '' : ` ${options}`)

const sweepOf = ({ result }: KeptCommand): Sweep => result as unknown as Sweep

/** A line for each step. */
function rowsOf(load: string, { steps }: Sweep, names: readonly string[]): string[][] {
  return steps.map(({ value, comparison: { machine, rows } }) => {
    const of = (name: string) => rows.find(({ tracker }) => tracker === name)
    const costs = names.map((name) => {
      const row = of(name)
      return row ? costsCell(row, of('off')) : 'not run'
    })
    return [
      `\`${load}\``,
      `\`${machine?.costModel.name}\``,
      `${machine?.sockets} x ${machine?.coresPerSocket} x ${machine?.threadsPerCore}`,
      `${value}`,
      offCell(of('off')),
      ...costs,
    ]
  })
}

/** All series in one table, and for each its file and what to type for the same. */
export function modelled(files: readonly KeptFile[]): string {
  const series = SERIES.map((one) => {
    const command = commandOf(one)
    const found = newest(
      files,
      (kept) =>
        kept.command.startsWith(`swiotlb-lab ${command}`) &&
        kept.command.includes(MODEL) === (one.options !== ''),
    )
    return { ...one, command, found }
  })
  const kept = series.flatMap(({ load, found }) => (found ? [{ load, found }] : []))
  const missing = series.flatMap(({ command, found }) => (found ? [] : [`- ${notKept(command)}`]))
  const sweeps = kept.map(({ load, found }) => ({ load, sweep: textOf(found, sweepOf) }))
  const names = [...new Set(sweeps.flatMap(({ sweep }) => trackersOf(sweep)))]
  const table = markdownTable(
    [
      'load',
      'model',
      'sockets x cores x threads',
      'CPUs',
      '`off`, ns',
      ...names.map((name) => `\`${name}\``),
    ],
    sweeps.flatMap(({ load, sweep }) => rowsOf(load, sweep, names)),
  )
  const from = kept.map(({ found }) => `- ${placeWords(found)}: \`${found.kept.command}\``)
  const shown = kept.length === 0 ? [] : [table, '', 'Predicted:', '', ...from]
  return [...shown, ...(kept.length > 0 && missing.length > 0 ? [''] : []), ...missing].join('\n')
}
