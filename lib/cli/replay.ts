/** `replay`: recorded traces and operation logs through the port. */
import { type Command, Option } from 'commander'
import { InputError } from '../index.js'
import { type ReplayReport, replayText } from '../report/replay.js'
import { replayAnswer, worst } from './answer.js'
import type { Finish } from './finish.js'
import type { Io } from './io.js'
import { address, slotCount, trackerList, wholeNumber } from './parse.js'
import { placementsOf, type ReplayFlags, replayTrace } from './replay-trace.js'
import { nextLine } from './self.js'

interface Flags extends ReplayFlags {
  readonly placements?: boolean
  readonly json?: boolean
}

/** What to type after a replay of a file. */
export function afterReplay(file: string, { pool, bufferFull }: ReplayReport): string {
  if (bufferFull) {
    return nextLine(
      'the same in a pool twice as large',
      `replay ${file} --slots ${2 * pool.nslabs}`,
    )
  }
  return nextLine('slot by slot', `replay ${file} --placements`)
}

async function printPlacements(files: readonly string[], flags: Flags, io: Io): Promise<void> {
  const [file, ...more] = files
  if (file === undefined || more.length > 0) {
    throw new InputError(`--placements: expected one trace, not ${files.length}`)
  }
  if ((flags.trackers?.length ?? 0) > 1) {
    throw new InputError('--placements: expected at most one tracker; they place alike')
  }
  const placements = await placementsOf(file, flags, io)
  if (flags.json) io.printJson({ trace: { file }, placements })
  else io.print(placements.join('\n'))
}

/** Asked for where other commands have it; a clear word is more use than an unknown option. */
function refuseEngine(name: string): never {
  const why =
    name === 'virtual'
      ? 'a trace orders its operations, but says nothing of what its CPUs do in between'
      : 'a replay runs one operation after another'
  throw new InputError(
    `--engine: expected none with replay: ${why}; for ${name} use run or compare`,
  )
}

export function addReplay(program: Command, io: Io, finish: Finish): void {
  program
    .command('replay')
    .description('recorded traces through the allocator, under each tracker')
    .argument(
      '<trace...>',
      'ftrace text, trace-cmd report, perf script or operation log; - is stdin',
    )
    .option('--trackers <a,b,c>', 'default: all', trackerList('--trackers'))
    .option(
      '--slots <size>',
      'pool, where the trace does not say, or instead',
      slotCount('--slots'),
    )
    .option('--areas <n>', 'areas of the pool, likewise', wholeNumber('--areas', 1))
    .option('--pool-start <address>', 'bus address of slot 0, likewise', address('--pool-start'))
    .option('--meta <file>', 'notes of the recording; default: meta.json beside the trace')
    .option(
      '--hiwater <slots>',
      "the kernel's own mark, to compare with",
      wholeNumber('--hiwater', 0),
    )
    .addOption(new Option('--engine <name>').argParser(refuseEngine).hideHelp())
    .option('--placements', 'only where each mapping was placed, a line for each operation')
    .option('--json', 'one JSON document on stdout')
    .action(async (files: string[], flags: Flags) => {
      if (flags.placements) return printPlacements(files, flags, io)
      const reports: [file: string, report: ReplayReport][] = []
      // All are replayed before anything is printed: a fault in one prints no half document.
      for (const file of files) reports.push([file, await replayTrace(file, flags, io)])
      const all = reports.map(([, report]) => report)
      if (flags.json) {
        io.printJson(all.length === 1 ? all[0] : { traces: all })
      } else {
        const texts = reports.map(
          ([file, report]) => `${replayText(report)}\n${afterReplay(file, report)}`,
        )
        io.print(texts.join('\n\n'))
      }
      finish(worst(all.map(replayAnswer)))
    })
}
