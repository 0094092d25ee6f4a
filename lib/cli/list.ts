/** `list`: what there is to run, and under what. */
import type { Command } from 'commander'
import { presets, trackers, traitsOf } from '../index.js'
import { listText } from '../report/list.js'
import type { Io } from './io.js'
import { nextLine } from './self.js'

export function addList(program: Command, io: Io): void {
  program
    .command('list')
    .description('scenarios, and trackers with their promises')
    .option('--json', 'one JSON document on stdout')
    .action(({ json }: { readonly json?: boolean }) => {
      const scenarios = [...presets].map(([name, { description = '' }]) => ({ name, description }))
      const listing = {
        scenarios,
        trackers: trackers.map((tracker) => {
          const { until, reads } = traitsOf(tracker.name)
          return { ...tracker, until, reads }
        }),
      }
      if (json) return io.printJson(listing)
      io.print(listText(listing))
      io.print(nextLine('all trackers side by side', 'compare review-64mib'))
    })
}
