/** `demo`: what the laboratory says of its example, and of a recorded trace. It is what runs when nothing is asked for. */
import type { Command } from 'commander'
import { compare, loadScenario } from '../index.js'
import { comparisonText } from '../report/text/compare.js'
import { replayText } from '../report/text/replay.js'
import { wrap } from '../report/words.js'
import { afterComparison } from './compare.js'
import { comparisonAnswer, replayAnswer, worst } from './options/answer.js'
import type { Finish } from './options/finish.js'
import type { Io } from './options/io.js'
import { nextLine } from './options/next-step.js'
import { shippedTrace } from './options/shipped.js'
import { HEADLINE_SCENARIO } from './options/sweep.js'
import { replayTrace } from './options/trace.js'
import { afterReplay } from './replay.js'

const INTRODUCTION =
  'swiotlb-lab runs a port of the Linux swiotlb allocator, through which every DMA of a ' +
  'confidential VM goes, with one way of counting its used slots after another compiled in, and ' +
  'asks of each: is the high-water mark that it reports true, and what does it cost?'

const SYNTHETIC =
  '1. The example of the mailing list: small I/Os on every CPU, and beside them 2 MiB I/Os, one at ' +
  'a time, each handled by another area. A patch proposed per-area in place of global-atomic; the ' +
  'review answered with this example. Linux 7.3 decides at boot: boot-switch with track_hiwater, ' +
  'boot-switch-off without it. reserve is what is proposed here: a mark that is always on.'

const RECORDED =
  '2. A trace that a real kernel recorded (Linux 6.12, 4 CPUs, NVMe and virtio disks, all bounced), ' +
  "replayed: its own counter's mark stands beside each tracker's."

export function addDemo(program: Command, io: Io, finish: Finish): void {
  program
    .command('demo')
    .description(
      'the argument, by an example and by a recorded trace: what runs when nothing is asked for',
    )
    .option('--json', 'one JSON document on stdout')
    .action(async ({ json }: { readonly json?: boolean }) => {
      if (!json) io.print(`${wrap(INTRODUCTION)}\n\n${wrap(SYNTHETIC)}\n`)
      const comparison = await compare(loadScenario(HEADLINE_SCENARIO), {
        course: json,
        signal: io.signal,
        onProgress: io.progress,
      })
      if (!json) io.print(`${comparisonText(comparison)}\n\n${wrap(RECORDED)}\n`)
      const report = await replayTrace([shippedTrace()], json ? { json } : {}, io)
      if (json) {
        io.printJson('demo', { comparison, replay: report })
      } else {
        io.print(`${replayText(report)}\n`)
        io.print(afterComparison(HEADLINE_SCENARIO, comparison))
        io.print(afterReplay(report.trace.file, report))
        io.print(nextLine('all that there is', 'list'))
      }
      finish(worst([comparisonAnswer(comparison), replayAnswer(report)]))
    })
}
