/** The blocks of README.md and docs/ that hold figures, each made from the kept results. */
import { type Comparison, type ComparisonWithFiles, comparisonText } from 'swiotlb-lab'
import { machineWords, slugOf, toolWords } from '../conditions.js'
import type { KeptCommand, KeptFile } from '../kept.js'
import { type Kernel, readKernels } from '../kernels/result.js'
import { madeWords, notesList, outcomesTable, rulesTable } from '../kernels/table.js'
import { discussionTable } from './discussion.js'
import { foundRows, markdownTable } from './found.js'
import { listedBlocks } from './listed.js'
import { NOT_MEASURED, Seen } from './seen.js'

interface Dated {
  readonly kept: Pick<KeptFile['kept'], 'date'>
}

type Block = (files: readonly KeptFile[]) => string

const FENCE = '```'

/** By when it was begun: of one day, names do not say. */
const byDate = (a: Dated, b: Dated): number => Date.parse(a.kept.date) - Date.parse(b.kept.date)

/** The newest kept result of a command that was given so. */
function newest(
  files: readonly KeptFile[],
  wanted: (kept: KeptCommand) => boolean,
): { readonly file: string; readonly kept: KeptCommand } | undefined {
  return files
    .flatMap(({ file, kept }) => (kept.kind !== 'bench' && wanted(kept) ? [{ file, kept }] : []))
    .sort(byDate)
    .at(-1)
}

/** The table of a comparison as the command prints it, and where it was kept. */
function shown(
  found: ReturnType<typeof newest>,
  command: string,
  comparison: (kept: KeptCommand) => unknown,
): string {
  if (!found) return `_${NOT_MEASURED}: \`npm run keep -- ${command}\`_`
  const { file, kept } = found
  let text: string
  try {
    text = comparisonText(comparison(kept) as Comparison | ComparisonWithFiles)
  } catch (error) {
    throw new Error(
      `${file}: this version cannot show what another has kept (${(error as Error).message}); ` +
        `make it anew with npm run keep -- ${command}`,
    )
  }
  const from = kept.source.dirty ? ', from a tree with changes that are in no commit' : ''
  return [
    `${FENCE}text`,
    text,
    FENCE,
    '',
    `Measured on ${slugOf(kept.host)} (results/${file}${from}).`,
  ].join('\n')
}

const OWN = 'compare --tracker examples/sum-on-map.h --trackers off,global-atomic,per-area'

/** All kept benchmarks by host: what a figure of the table below is from. */
function hosts(files: readonly KeptFile[]): string {
  const benches = files.filter(({ kept }) => kept.kind === 'bench')
  if (benches.length === 0) return `_${NOT_MEASURED}_`
  const slugs = [...new Set(benches.map(({ kept }) => slugOf(kept.host)))].sort()
  return markdownTable(
    ['host', 'machine', 'kept runs'],
    slugs.map((slug) => {
      const own = benches.filter(({ kept }) => slugOf(kept.host) === slug).sort(byDate)
      const machines = [...new Set(own.map(({ kept }) => machineWords(kept.host)))]
      const tools = [...new Set(own.map(({ kept }) => toolWords(kept.host)))]
      // Tools that all runs have are told with the machine, else with each run.
      const alike = tools.length === 1
      const runs = own.map(({ file, kept }) => {
        const commit = kept.source.commit.slice(0, 12)
        const changes = kept.source.dirty ? ' and changes that are in no commit' : ''
        const besides = alike ? '' : `; ${toolWords(kept.host)}`
        return `[${file}](results/${file}), commit ${commit}${changes}${besides}`
      })
      return [slug, [...machines, ...(alike ? tools : [])].join('<br>'), runs.join('<br>')]
    }),
  )
}

/** What the discussion proposed, from the newest demo. */
function discussion(files: readonly KeptFile[]): string {
  const found = newest(files, ({ kind }) => kind === 'demo')
  if (!found) return `_${NOT_MEASURED}: \`npm run keep -- demo\`_`
  const { file, kept } = found
  const table = discussionTable(kept.result['comparison'] as Comparison)
  return [table, '', `Measured on ${slugOf(kept.host)} (results/${file}), 2 threads.`].join('\n')
}

export const blocks: Readonly<Record<string, Block>> = {
  demo: (files) =>
    shown(
      newest(files, ({ kind }) => kind === 'demo'),
      'demo',
      ({ result }) => result['comparison'],
    ),
  discussion,
  hosts,
  found: (files) => markdownTable(['question', 'answer'], foundRows(new Seen(files), files)),
  'own-tracker': (files) =>
    shown(
      newest(files, ({ command }) => command === `swiotlb-lab ${OWN}`),
      OWN,
      ({ result }) => result,
    ),
}

const KERNELS = `_${NOT_MEASURED}: \`npm run verify:kernels -- DIR...\`_`

/** Those that are made from the kernels that the port was compared with. */
export const kernelBlocks: Readonly<Record<string, (kernels: readonly Kernel[]) => string>> = {
  kernels: (kernels) =>
    kernels.length === 0
      ? KERNELS
      : [outcomesTable(kernels), madeWords(kernels), notesList(kernels)]
          .filter(Boolean)
          .join('\n\n'),
  'kernel-rules': (kernels) => (kernels.length === 0 ? KERNELS : rulesTable(kernels)),
}

export const blockNames: readonly string[] = [blocks, kernelBlocks, listedBlocks].flatMap(
  Object.keys,
)

/** A block of this name, from all that is kept; undefined for a name that none has. */
export function makeBlock(
  name: string,
  kept: readonly KeptFile[],
  kernels: readonly Kernel[] = readKernels(),
): string | undefined {
  return blocks[name]?.(kept) ?? kernelBlocks[name]?.(kernels) ?? listedBlocks[name]?.()
}
