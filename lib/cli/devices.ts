/** `devices`: who holds the slots. */
import type { Command } from 'commander'
import { closeTrace, type DevicesResult, devices } from '../index.js'
import { devicesText } from '../report/text/devices.js'
import { isStdin } from './options/input.js'
import type { Io } from './options/io.js'
import { fileWord, nextLine } from './options/next-step.js'
import {
  addTraceOptions,
  openFiles,
  type PoolFlags,
  traceArgs,
  traceFiles,
} from './options/open-trace.js'
import { missingWords, soFar, tracesOf } from './options/so-far.js'

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
      const asked = traceFiles(files, flags)
      const typed = asked.map((one) => one.map(fileWord).join(' '))
      const results = await soFar<DevicesResult>(io.signal, async (done) => {
        for (const one of asked) {
          const { trace } = await openFiles(one, flags, io)
          try {
            done.push(await devices(trace, { signal: io.signal, onProgress: io.progress }))
          } finally {
            closeTrace(trace)
          }
        }
      })
      const missing = asked.slice(results.length).map((one) => one.join(' + '))
      if (flags.json) {
        io.printJson('devices', tracesOf(results, missing))
        return io.signal.throwIfAborted()
      }
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
      if (missing.length > 0) io.print(`\n${missingWords(missing.length, asked.length, 'traces')}`)
      io.signal.throwIfAborted()
    })
}
