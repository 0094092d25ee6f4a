/** `boot`: trackers in a real kernel, in an emulated machine. */
import type { Command } from 'commander'
import { type Arch, archNames } from '../guest/arch.js'
import { bootTrackers, type GuestResult, type GuestRow, OutputError, trackers } from '../index.js'
import { bootText } from '../report/text/boot.js'
import { captureText, type Replayed, sameRun } from '../report/text/boot-capture.js'
import type { Finish } from './options/finish.js'
import { addGuestOptions, type GuestFlags, missingTrackers, showStep } from './options/guest.js'
import { notes } from './options/help.js'
import { Exit, type Io } from './options/io.js'
import { wholeNumber, word } from './options/parse.js'
import { latest, missingWords } from './options/so-far.js'
import { replayTrace } from './options/trace.js'

interface Flags extends GuestFlags {
  readonly arch: Arch
  readonly lockdep?: boolean
  readonly dynamic?: boolean
  readonly cpus: number
  readonly readers: number
  readonly seconds: number
  readonly kib: number
  readonly capture?: string
}

const NOTES = `
Each tracker is patched into the kernel (see patch), built, and booted with every mapping of an emulated
disk bounced. Its mark is judged by the kernel's own function probes, as a range, and by a counter beside
it. The first kernel of a kind takes minutes, another tracker seconds. Everything is emulated: with one
host thread for each CPU, in the host's order of memory accesses. Times mean nothing there, and an
emulator on x86 shows no missing barrier, with --arch arm64 neither.
With --capture each boot's trace is kept as a tar that replay reads, and is replayed at once: what was
in use at most and the mark, in the kernel and in the port, of one and the same run. A void run keeps none.
It ends with 1 if a promise was broken, a run says nothing, the kernel complained, or the port's peak is not
what the probes say was in use.`

/** The port on the traces of all boots that have one, in `replayed`. */
async function replayAll(rows: readonly GuestRow[], io: Io, replayed: Replayed[]): Promise<void> {
  for (const { tracker, capture: file } of rows) {
    if (file === null) continue
    // All place alike, so that one of the list stands for a user's file.
    const name = trackers.find((known) => known.name === tracker)?.name
    const report = await replayTrace([file], { trackers: [name ?? 'off'] }, io)
    const reportedSlots = name === undefined ? null : (report.rows[0]?.reportedSlots ?? null)
    const { events } = report.trace
    replayed.push({ tracker, file, events, peakSlots: report.peakSlots, reportedSlots })
  }
}

export function addBoot(program: Command, io: Io, finish: Finish): void {
  const command = program
    .command('boot')
    .description('trackers in a real kernel: patched, built, booted, judged')
  addGuestOptions(command)
    .option(
      '--arch <name>',
      `the guest's processor: ${archNames.join(' or ')}`,
      word('--arch', archNames),
      'x86-64',
    )
    .option('--lockdep', "with the kernel's checks of its own locks")
    .option('--dynamic', 'with a pool that may grow')
    .option('--cpus <n>', 'of the machine', wholeNumber('--cpus', 1, 8), 2)
    .option('--readers <n>', 'of the disk', wholeNumber('--readers', 1, 512), 16)
    .option('--seconds <n>', 'of reading', wholeNumber('--seconds', 1, 600), 3)
    .option('--kib <n>', 'KiB of the largest read', wholeNumber('--kib', 4, 1024), 256)
    .option('--capture <dir>', "keep each boot's trace there, and replay it")
    .option('--json', 'one JSON document on stdout')
    .addHelpText('after', notes(NOTES))
    .action(async (flags: Flags) => {
      const { slots, areas, cpus, readers, seconds, kib } = flags
      const result = await latest<GuestResult>(io.signal, (onSoFar) =>
        bootTrackers({
          kernelSource: flags.kernelSource,
          trackers: flags.tracker.length > 0 ? flags.tracker : ['reserve'],
          work: flags.work,
          kind: {
            arch: flags.arch,
            lockdep: flags.lockdep ?? false,
            dynamic: flags.dynamic ?? false,
          },
          machine: { slots, areas, cpus, readers, seconds, kib },
          capture: flags.capture,
          signal: io.signal,
          onStep: showStep(io),
          onSoFar,
        }),
      )
      const replayed: Replayed[] = []
      await replayAll(result.rows, io, replayed).catch((error: unknown) => {
        // The boots have been, and took longer.
        if (!io.signal.aborted) throw error
      })
      const captured = result.rows.flatMap(({ tracker, capture }) =>
        capture === null ? [] : [tracker],
      )
      const unread = captured.slice(replayed.length)
      if (flags.json) {
        const missing = [...unread, ...(result.missing ?? [])]
        io.printJson('boot', {
          ...result,
          ...(flags.capture !== undefined && { replayed }),
          ...(missing.length > 0 && { missing }),
        })
      } else {
        io.print(bootText(result) + missingTrackers(result))
        if (replayed.length > 0) io.print(`\n${captureText(result.rows, replayed)}`)
        if (unread.length > 0) {
          io.print(`\n${missingWords(unread.length, captured.length, 'replays')}`)
        }
      }
      io.signal.throwIfAborted()
      // Said last: what was found was shown.
      const unwritten = result.rows.find((row) => row.unwritten !== null)?.unwritten
      if (unwritten) throw new OutputError(unwritten)
      const other = result.rows.some((row) =>
        replayed.some((one) => one.tracker === row.tracker && !sameRun(row, one)),
      )
      const bad = result.rows.some(
        ({ judgement, told }) =>
          judgement.verdict === 'broken' ||
          judgement.verdict === 'void' ||
          (told.alarms?.found ?? 0) > 0,
      )
      finish(bad || other ? Exit.no : Exit.done)
    })
}
