/** `watch`: the live counters of a pool, as a line, as JSON lines, and as metrics. */
import { isatty } from 'node:tty'
import type { Command } from 'commander'
import { visible } from '../data/visible.js'
import { InputError, type WatchSample, watch } from '../index.js'
import { sampleLine, Told } from '../report/text/watch.js'
import { schemaOf } from '../results/schema.js'
import { MIN_PERIOD_MS } from '../watch/watch.js'
import type { Finish } from './options/finish.js'
import { notes } from './options/help.js'
import { Exit, type Io } from './options/io.js'
import { checkOutputFile } from './options/output-file.js'
import { duration, wholeNumber } from './options/parse.js'

interface Flags {
  readonly folder?: string
  readonly pool?: string
  readonly period?: number
  readonly count?: number
  readonly duration?: number
  readonly window?: number
  readonly reset?: boolean
  readonly openmetrics?: string
  readonly json?: boolean
}

const AFTER = `
On a terminal it is one line that changes; in a pipe, and with --json, it is one JSON document on a
line for each look. It ends with 1 if a leak was found, or a counter that cannot be right; with 2 if
nothing can be read. That nine tenths of the pool are in use is told, in JSON by nearlyFull and a note,
and ends it with 0. Since Linux 7.3 io_tlb_used_hiwater is kept only where swiotlb= ends with
track_hiwater.`

const ERASE_LINE = '\r\u001b[K'

/** Values that no counter gave at all. */
function nothingRead({ unknown }: WatchSample): string | undefined {
  const { poolSlots, usedSlots, hiwaterSlots } = unknown
  return poolSlots && usedSlots && hiwaterSlots ? poolSlots.words : undefined
}

export function addWatch(program: Command, io: Io, finish: Finish): void {
  program
    .command('watch')
    .description("the live counters of a pool: use, the kernel's mark, leaks")
    .option('--folder <folder>', 'of the counters (default: /sys/kernel/debug/swiotlb)')
    .option('--pool <name>', 'a restricted pool, by its folder in that one')
    .option(
      '--period <time>',
      'between two looks, as 0.5s or 1min (default: 1s)',
      duration('--period', { leastMs: MIN_PERIOD_MS }),
    )
    .option('--count <n>', 'ends after so many looks', wholeNumber('--count', 1))
    .option(
      '--duration <time>',
      'ends after so long (default: only with Ctrl-C)',
      duration('--duration', { leastMs: 0 }),
    )
    .option(
      '--window <time>',
      'growth of so long is a leak (default: 1h, at least 60 periods)',
      duration('--window', { leastMs: MIN_PERIOD_MS }),
    )
    .option('--reset', "sets the kernel's mark to 0 behind the first look; cannot be undone")
    .option('--openmetrics <file>', "a .prom file of node_exporter's textfile collector")
    .option('--json', 'JSON lines, also on a terminal')
    .addHelpText('after', notes(AFTER))
    .action(async (flags: Flags) => {
      const { openmetrics } = flags
      if (openmetrics !== undefined) checkOutputFile(openmetrics, 'the metrics', '--openmetrics')
      const live = !flags.json && isatty(process.stdout.fd)
      const told = new Told()
      let isNo = false
      let looks = 0
      for await (const sample of watch({
        folder: flags.folder,
        pool: flags.pool,
        periodMs: flags.period,
        windowMs: flags.window,
        count: flags.count,
        durationMs: flags.duration,
        reset: flags.reset,
        openMetrics: openmetrics,
        signal: io.signal,
      })) {
        looks++
        isNo ||= sample.leak !== null || sample.faults.length > 0
        if (live) {
          const above = told.news(sample).map((text) => `${ERASE_LINE}${visible(text)}\n`)
          const room = Math.max(20, (process.stdout.columns || 80) - 1)
          const line = visible(sampleLine(sample, room)).slice(0, room)
          await io.printPart(`${above.join('')}${ERASE_LINE}${line}`)
        } else {
          await io.printPart(
            `${visible(JSON.stringify({ schema: schemaOf('watch'), ...sample }))}\n`,
          )
        }
        const nothing = looks === 1 ? nothingRead(sample) : undefined
        if (nothing !== undefined) {
          if (live) io.print('')
          throw new InputError(nothing)
        }
      }
      if (live) io.print('')
      // Without a limit, to be interrupted is how it ends.
      const limited = flags.count !== undefined || flags.duration !== undefined
      if (limited || io.ending === undefined) io.signal.throwIfAborted()
      finish(isNo ? Exit.no : Exit.done)
    })
}
