/** `devices`: who holds the slots. */
import type { Command } from 'commander'
import { closeTrace, type DevicesResult, devices } from '../index.js'
import { devicesText } from '../report/text/devices.js'
import { isStdin } from './options/input.js'
import { type Io, oneOrAll } from './options/io.js'
import { nextLine, shellWord } from './options/next-step.js'
import {
  addTraceOptions,
  openFiles,
  type PoolFlags,
  traceArgs,
  traceFiles,
} from './options/open-trace.js'

interface Flags extends PoolFlags {
  readonly json?: boolean
}

export function addDevices(program: Command, io: Io): void {
  const command = program
    .command('devices')
    .description('who holds the slots: a trace by device')
    .argument('<trace...>', 'as those of replay')
  addTraceOptions(command)
    .option('--json', 'one JSON document on stdout')
    .action(async (files: string[], flags: Flags) => {
      const results: DevicesResult[] = []
      const typed: string[] = []
      for (const one of traceFiles(files, flags)) {
        const { trace } = await openFiles(one, flags, io)
        typed.push(one.map(shellWord).join(' '))
        try {
          results.push(await devices(trace, { signal: io.signal, onProgress: io.progress }))
        } finally {
          closeTrace(trace)
        }
      }
      if (flags.json) return io.printJson('devices', oneOrAll(results))
      const texts = results.map((result, i) => {
        const args = typed[i] + traceArgs(flags, ['slots', 'areas', 'poolStart', 'meta'])
        // Attempts alone have no size.
        const next =
          result.attempts.length > 0
            ? nextLine('a script that records what is missing', 'capture')
            : isStdin(typed[i] ?? '')
              ? ''
              : nextLine('the pool that this takes', `size ${args}`)
        return `${devicesText(result)}\n${next}`.trimEnd()
      })
      io.print(texts.join('\n\n'))
    })
}
