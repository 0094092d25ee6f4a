/** `list`: what there is to run, and under what. */
import type { Command } from 'commander'
import { AddonError, presets, trackers, traitsOf, type Until } from '../index.js'
import { listText } from '../report/text/list.js'
import type { Io } from './options/io.js'
import { nextLine } from './options/next-step.js'

interface Promises {
  readonly until: readonly Until[] | null
  readonly reads: boolean | null
}

/** What only the compiled trackers know; without the addon, and the sentence that says so. */
function promises(): { readonly missing: string | null; readonly of: (name: string) => Promises } {
  try {
    const known = new Map<string, Promises>(trackers.map(({ name }) => [name, traitsOf(name)]))
    return { missing: null, of: (name) => known.get(name) as Promises }
  } catch (error) {
    if (error instanceof AddonError) {
      return { missing: error.message, of: () => ({ until: null, reads: null }) }
    }
    throw error
  }
}

export function addList(program: Command, io: Io): void {
  program
    .command('list')
    .description('scenarios, and trackers with their promises')
    .option('--json', 'one JSON document on stdout')
    .action(({ json }: { readonly json?: boolean }) => {
      const scenarios = Object.entries(presets).map(([name, { description = '' }]) => ({
        name,
        description,
      }))
      const { missing, of } = promises()
      const listing = {
        scenarios,
        trackers: trackers.map((tracker) => {
          const { until, reads } = of(tracker.name)
          return { ...tracker, until, reads }
        }),
        warnings: missing === null ? [] : [`until when promises hold is not known: ${missing}`],
      }
      if (json) return io.printJson('list', listing)
      io.print(listText(listing))
      io.print(nextLine('all trackers side by side', 'compare review-64mib'))
    })
}
