/** `capture`: prints the shell script that records a trace where there is no Node. */
import type { Command } from 'commander'
import { captureScript } from '../index.js'
import { notes } from './options/help.js'
import type { Io } from './options/io.js'
import { byteCount, duration } from './options/parse.js'

interface Flags {
  readonly duration?: number
  readonly buffer?: number
  readonly probes?: boolean
  readonly reset?: boolean
  readonly tar?: string
  readonly json?: boolean
}

const AFTER = `
On the machine that is measured, as root:
  sh capture.sh                    records for the time of --duration
  sh capture.sh COMMAND [WORD...]  records until the command ends, at most so long
Where --buffer is too small the oldest events are lost, and the script says which would have been enough.
How to choose it beforehand, what is in the tar, and how to read it: docs/capture.md.`

export function addCapture(program: Command, io: Io): void {
  program
    .command('capture')
    .description('prints a shell script that records a trace on a machine without Node')
    .argument('[command...]', 'behind --: records until it ends; the script may be given another')
    .option(
      '--duration <time>',
      'how long, as 90s or 10min; with a command at most so long (default: 60s)',
      duration('--duration', { leastMs: 1000, wholeSeconds: true }),
    )
    .option('--buffer <size>', 'of all CPUs, as 256MiB (default: 64MiB)', byteCount('--buffer'))
    .option('--probes', 'function probes in the allocator, beside the events')
    .option('--reset', "sets the kernel's high-water mark to 0 first; cannot be undone")
    .option('--tar <file>', 'what the script writes (default: swiotlb-capture.tar)')
    .option('--json', 'one JSON document on stdout')
    .addHelpText('after', notes(AFTER))
    .action((command: string[], flags: Flags) => {
      const script = captureScript({
        seconds: flags.duration === undefined ? undefined : flags.duration / 1000,
        bufferBytes: flags.buffer,
        probes: flags.probes,
        reset: flags.reset,
        tar: flags.tar,
        command,
      })
      if (flags.json) io.printJson('capture', { script })
      else io.print(script.trimEnd())
    })
}
