/** The blocks of README.md and docs/ that hold figures, each made from the kept results. */
import { type Comparison, type ComparisonWithFiles, comparisonText } from 'swiotlb-lab'
import { machineWords, slugOf, toolWords } from '../conditions.js'
import type { KeptFile } from '../kept.js'
import { type Kernel, readKernels } from '../kernels/result.js'
import { madeWords, notesList, outcomesTable, rulesTable } from '../kernels/table.js'
import { bootBlocks } from './booted.js'
import { discussionTable } from './discussion.js'
import { foundList, foundRows } from './found.js'
import { letterBlocks } from './letter.js'
import { listedBlocks } from './listed.js'
import { type ManyFile, manyCpus, moreThreads, readMany } from './many.js'
import { BREAK, markdownTable } from './markdown.js'
import { NOT_MEASURED, Seen } from './seen.js'
import { byDate, newest, notKept, shown } from './shown.js'

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
  if (!found) return notKept('demo')
  const { file, kept } = found
  const table = discussionTable(kept.result['comparison'] as Comparison)
  return [table, '', `Measured on ${slugOf(kept.host)} (results/${file}), 2 threads.`].join('\n')
}

/** The paragraphs that one needs first: the title, the table and what it shows. */
const FIRST = 3

/** What a command printed, with the small print folded away. */
function folded(block: string): string {
  const parts = block.split('\n\n')
  const [first, small, last] = [parts.slice(0, FIRST), parts.slice(FIRST, -1), parts.slice(-1)]
  if (small.length === 0) return block
  return [
    `${first.join('\n\n')}\n\`\`\``,
    '<details>\n<summary>The small print, and the regimes that were seen</summary>',
    `\`\`\`text\n${small.join('\n\n')}`,
    '</details>',
    ...last,
  ].join('\n\n')
}

type Block = (files: readonly KeptFile[], many?: readonly ManyFile[]) => string

export const blocks: Readonly<Record<string, Block>> = {
  demo: (files) =>
    folded(
      shown(
        newest(files, ({ kind }) => kind === 'demo'),
        'demo',
        ({ result }) => comparisonText(result['comparison'] as Comparison),
      ),
    ),
  discussion,
  hosts,
  found: (files, many = []) => foundList(foundRows(new Seen(files), files, many)),
  'letter-threads': (_, many = []) =>
    moreThreads(many)
      .split(BREAK)
      .map((line) => `- ${line}`)
      .join('\n'),
  'many-cpus': (_, many = []) => manyCpus(many),
  'own-tracker': (files) =>
    shown(
      newest(files, ({ command }) => command === `swiotlb-lab ${OWN}`),
      OWN,
      ({ result }) => comparisonText(result as unknown as ComparisonWithFiles),
    ),
  ...bootBlocks,
  ...letterBlocks,
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
  many: readonly ManyFile[] = readMany(),
): string | undefined {
  return blocks[name]?.(kept, many) ?? kernelBlocks[name]?.(kernels) ?? listedBlocks[name]?.()
}
