/** What came of kernels, in words and as the tables of docs/kernels.md. */
import { markdownTable } from '../figures/markdown.js'
import type { Configuration, Kernel } from './result.js'

const count = (n: number) => n.toLocaleString('en')

/** One configuration of one kernel. */
export function outcomeWords(configuration: Configuration): string {
  const { outcome, operations, logs, differing, rules, common, reason } = configuration
  const alike = `${count(operations)} operations`
  switch (outcome) {
    case 'identical':
      return `identical over ${alike}`
    case 'not-built':
      return `not built: ${reason}`
    case 'not-there':
      return `not there: ${reason}`
    default: {
      const why =
        outcome === 'unexplained'
          ? 'differs, and no rule explains it'
          : `differs by ${rules.join(', ')}`
      return `${why}, in ${differing} of ${logs} logs; ${commonWords(common)}`
    }
  }
}

function commonWords(common: Configuration['common']): string {
  if (!common) return 'nothing else was compared'
  const { operations, differing } = common
  if (differing === 0) return `identical over ${count(operations)} operations that no rule decides`
  return `${count(operations)} operations alike where these rules decide little`
}

const cell = (text: string) => text.replaceAll('|', '\\|')

function versionWords({ version, commit, date }: Kernel): string {
  const from = [commit?.slice(0, 12), date].filter(Boolean).join(', ')
  return from === '' ? version : `${version}<br>${from}`
}

/** Each kernel with each configuration that it has. */
export function outcomesTable(kernels: readonly Kernel[]): string {
  return markdownTable(
    ['Linux', 'configuration', 'result'],
    kernels.flatMap((kernel) => {
      const { configurations, refused } = kernel
      const rows = configurations.filter(({ outcome }) => outcome !== 'not-there')
      if (refused !== null) return [[versionWords(kernel), '-', cell(refused)]]
      return rows.map((one, i) => [
        i === 0 ? versionWords(kernel) : '',
        one.name,
        cell(outcomeWords(one)),
      ])
    }),
  )
}

/** The rules that some kernel has otherwise, with the kernels. */
export function rulesTable(kernels: readonly Kernel[]): string {
  const rules = new Map<string, { readonly words: string; readonly versions: string[] }>()
  for (const { version, rules: own } of kernels) {
    for (const { name, words } of own) {
      const known = rules.get(name) ?? { words, versions: [] }
      rules.set(name, known)
      known.versions.push(version)
    }
  }
  return markdownTable(
    ['rule', 'otherwise in Linux', 'what is otherwise'],
    [...rules].map(([name, { words, versions }]) => [name, versions.join('; '), cell(words)]),
  )
}

/** How the files were had, where somebody said. */
export const notesList = (kernels: readonly Kernel[]): string =>
  kernels
    .filter(({ note }) => note !== null)
    .map(({ version, note }) => `- ${version}: ${note}`)
    .join('\n')

/** When, from what, and with which compiler. */
export function madeWords(kernels: readonly Kernel[]): string {
  const each = (what: (kernel: Kernel) => string | null) =>
    [...new Set(kernels.flatMap((kernel) => what(kernel) ?? []))].join('; ')
  const commits = each(({ source: { commit, dirty } }) =>
    dirty ? `${commit.slice(0, 12)} with changes that are in no commit` : commit.slice(0, 12),
  )
  const wanted = each((kernel) => count(kernel.wanted))
  return (
    `Made of results/kernels.json, of commit ${commits}, ${each(({ made }) => made.slice(0, 10))}, ` +
    `with ${each(({ compiler }) => compiler)}; ${wanted} operations of each configuration, and ` +
    'some more, as each log goes on until its last mapping is gone.'
  )
}
