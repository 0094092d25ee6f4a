/** `replay`: recorded traces and operation logs through the port. */
import type { Command } from 'commander'
import { oneOf } from '../data/errors.js'
import { visible } from '../data/visible.js'
import { InputError, paces, type ReplayEngine, replayEngines, withReplayFiles } from '../index.js'
import { MAX_CPUS } from '../predict/topology.js'
import { type ReplayReport, replayText } from '../report/text/replay.js'
import { headOf } from '../results/schema.js'
import { replayAnswer, worst } from './options/answer.js'
import type { Finish } from './options/finish.js'
import { notes } from './options/help.js'
import { isStdin } from './options/input.js'
import type { Io } from './options/io.js'
import { addLayoutOptions, LAYOUT_FLAGS } from './options/layout.js'
import { addMachineOptions, MACHINE_FLAGS } from './options/machine.js'
import { fileWord, nextCheck, nextLine } from './options/next-step.js'
import { addTraceOptions, traceArgs, traceFiles } from './options/open-trace.js'
import { keepInputs } from './options/output-file.js'
import { eachFile, fileArgs, givenArgs, trackerList, wholeNumber, word } from './options/parse.js'
import { missingWords, soFar, tracesOf } from './options/so-far.js'
import {
  addTimelineOptions,
  checkTimeline,
  type TimelineFlags,
  withTimeline,
} from './options/timeline.js'
import { filesOptions, placementsOf, type ReplayFlags, replayTrace } from './options/trace.js'
import { addTuningOptions, TUNING_FLAGS } from './options/tuning.js'

interface Flags extends ReplayFlags, TimelineFlags {
  readonly placements?: boolean
  readonly json?: boolean
}

const PLACEMENTS_HELP = `
Lines of --placements, in the order of the operations:
  map         <id> <slot> <nslots> <byte offset> <pad slots> <pool>
              pool: 0 the default one, n the n-th grown, -1 a transient one
  failed map  <id> -1 0 0 0 0
  unmap       <id> u <nslots>
and at the end: used <slots>, hiwater <slots>, full <times that the buffer was full>.`

/** What to type after a replay of a file. */
export function afterReplay(
  file: string,
  { pool, bufferFull, machine, own }: ReplayReport,
  flags: Partial<Flags> = {},
): string {
  const check = nextCheck(own)
  if (check !== undefined) return check
  if (isStdin(file)) return ''
  const where =
    givenArgs(flags, ['areas', 'meta', ...LAYOUT_FLAGS]) + traceArgs(flags, ['poolStart'])
  // Trackers place alike, so one does for a list of places.
  const typed = flags.join ? file : fileWord(file)
  const args = `${typed}${givenArgs(flags, ['slots'])}${where}`
  const those = givenArgs(flags, ['trackers', 'hiwater', ...TUNING_FLAGS]) + fileArgs(flags.tracker)
  if (machine?.pace === 'trace') {
    const copy = flags.copy === false ? ' --no-copy' : ''
    const same = givenArgs(flags, ['cpus', 'seed', ...MACHINE_FLAGS]) + copy + those
    return nextLine(
      'the same operations back to back, as fast as they go',
      `replay ${args} --engine virtual --pace none${same}`,
    )
  }
  if (machine) return nextLine('one after another, slot by slot', `replay ${args} --placements`)
  if (bufferFull) {
    return nextLine(
      'the same in a pool twice as large',
      `replay ${typed} --slots ${2 * pool.nslabs}${where}${those}`,
    )
  }
  return nextLine('slot by slot', `replay ${args} --placements`)
}

/** One document, as `printJson` prints it, but never all of it in memory. */
async function printJsonPlacements(files: readonly string[], flags: Flags, io: Io): Promise<void> {
  const head = JSON.stringify(headOf('placements', io.made), null, 2).slice(0, -2)
  let before = `${head},\n  "trace": {\n    "file": ${JSON.stringify(files.join(' + '))}\n  },\n  "placements": [\n`
  for await (const lines of placementsOf(files, flags, io)) {
    if (lines.length === 0) continue
    await io.printPart(
      `${visible(before)}${lines.map((line) => `    ${JSON.stringify(line)}`).join(',\n')}`,
    )
    before = ',\n'
  }
  await io.printPart('\n  ]\n}\n')
}

async function printPlacements(files: readonly string[], flags: Flags, io: Io): Promise<void> {
  if (traceFiles(files, flags).length > 1) {
    throw new InputError(`--placements: expected one trace, not ${files.length}`)
  }
  if (flags.engine === 'virtual') {
    throw new InputError(
      '--placements: expected without --engine virtual, where each run has an order of its own',
    )
  }
  if (flags.tracker && flags.tracker.length > 0) {
    throw new InputError('--placements: expected no --tracker; all trackers place alike')
  }
  if (flags.traceOut !== undefined) {
    throw new InputError(
      '--trace-out: expected without --placements, which runs no tracker but one',
    )
  }
  if ((flags.trackers?.length ?? 0) > 1) {
    throw new InputError('--placements: expected at most one tracker; they place alike')
  }
  if (flags.json) return printJsonPlacements(files, flags, io)
  for await (const lines of placementsOf(files, flags, io)) {
    if (lines.length > 0) await io.printPart(`${lines.join('\n')}\n`)
  }
}

/** Asked for where other commands have it; a clear word is more use than an unknown one. */
function replayEngine(name: string): ReplayEngine {
  if (name === 'threads') {
    throw new InputError(
      '--engine: threads of this machine cannot keep what a trace says of its CPUs; expected ' +
        'serial or virtual; for threads use run or compare',
    )
  }
  return oneOf('--engine', name, replayEngines)
}

export function addReplay(program: Command, io: Io, finish: Finish): void {
  const command = program
    .command('replay')
    .description('recorded traces through the allocator, under each tracker')
    .argument(
      '<trace...>',
      "a capture's tar, ftrace text, trace-cmd report, perf script or operation log; - is stdin",
    )
  addTraceOptions(command)
    .option('--trackers <a,b,c>', 'default: all', trackerList('--trackers'))
    .option('--tracker <file>', 'a tracker of your own, as ./mine.h; once for each', eachFile, [])
    .option(
      '--hiwater <slots>',
      "the kernel's own mark, to compare with",
      wholeNumber('--hiwater', 0),
    )
    .option(
      '--engine <name>',
      'serial (default), or virtual: CPUs side by side, times predicted',
      replayEngine,
    )
    .option(
      '--pace <name>',
      'virtual engine: trace (begin when recorded; default with times) or none (back to back)',
      word('--pace', paces),
    )
    .option(
      '--cpus <n>',
      `virtual engine: CPUs, 1 to ${MAX_CPUS} (default: up to the trace's highest)`,
      wholeNumber('--cpus', 1, MAX_CPUS),
    )
    .option('--seed <n>', 'virtual engine: of the random choices', wholeNumber('--seed', 0))
  addTuningOptions(addLayoutOptions(command))
  addTimelineOptions(addMachineOptions(command), '')
    .option('--no-copy', 'virtual engine: without the bounce copies')
    .option('--placements', 'only where each mapping was placed, a line for each operation')
    .option('--json', 'one JSON document on stdout')
    .addHelpText('after', notes(PLACEMENTS_HELP))
    .action(async (files: string[], flags: Flags) => {
      checkTimeline(flags, { engine: flags.engine, serial: true, files: flags.tracker ?? [] })
      keepInputs(flags.traceOut, files, '--trace-out')
      if (flags.traceOut !== undefined && traceFiles(files, flags).length > 1) {
        throw new InputError('--trace-out: expected one trace; each has a time of its own')
      }
      if (flags.placements) return printPlacements(files, flags, io)
      const asked = traceFiles(files, flags)
      // All are replayed before anything is printed: a fault in one prints no half document.
      const own = flags.tracker ?? []
      const reports = await soFar<readonly [file: string, report: ReplayReport]>(
        io.signal,
        (done) =>
          withTimeline(flags, io, (timeline) =>
            withReplayFiles(own, filesOptions(flags, io), async (replay) => {
              for (const one of asked) {
                const typed = one.length > 1 ? one.map(fileWord).join(' ') : (one[0] as string)
                done.push([typed, await replayTrace(one, flags, io, replay, timeline)])
              }
            }),
          ),
      )
      const all = reports.map(([, report]) => report)
      const missing = asked.slice(all.length).map((one) => one.join(' + '))
      if (flags.json) {
        io.printJson('replay', tracesOf(all, missing))
      } else {
        const texts = reports.map(([file, report]) =>
          `${replayText(report)}\n${afterReplay(file, report, flags)}`.trimEnd(),
        )
        io.print(texts.join('\n\n'))
        if (missing.length > 0) {
          io.print(`\n${missingWords(missing.length, asked.length, 'traces')}`)
        }
      }
      io.signal.throwIfAborted()
      finish(worst(all.map(replayAnswer)))
    })
}
