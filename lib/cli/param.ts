/** `param`: MiB, slots and `swiotlb=`, as a kernel reads them. */
import type { Command } from 'commander'
import { bytesWithUnit } from '../data/units.js'
import { type Family, InputError, param } from '../index.js'
import { type InFlight, readInFlight, slotsInFlight } from '../param/in-flight.js'
import { MOST_CPUS } from '../param/param.js'
import { inFlightText, paramText } from '../report/text/param.js'
import { notes } from './options/help.js'
import { readInput, STDIN } from './options/input.js'
import type { Io } from './options/io.js'
import { nextLine, shellWord } from './options/next-step.js'
import { givenArgs, kernelFamily, wholeNumber } from './options/parse.js'
import { readText } from './options/text.js'

interface Flags {
  readonly kernel?: Family
  readonly memory?: number
  readonly cpus?: number
  readonly inFlight?: InFlight[]
  readonly json?: boolean
}

const NOTES = `
TEXT is a size (512MiB), a value as a kernel reads it (65536,8,force; 512m is 512 slots), or a whole command
line (-: from stdin, as from /proc/cmdline). Without TEXT: what one gets when nothing is said.
--in-flight is for a machine of which there is no trace: the sum of queues x depth x size of a request
over the devices, to begin with.
A kernel reads slots of 2 KiB without a unit, then areas, then force or noforce, since 7.3 then
track_hiwater; whatever does not fit is dropped without a word.`

function memory(text: string): number {
  const bytes = bytesWithUnit(text)
  if (bytes !== undefined && bytes >= 2 ** 20) return bytes
  throw new InputError(`--memory: expected a size of at least 1 MiB, as 16GiB, not "${text}"`)
}

export function addParam(program: Command, io: Io): void {
  program
    .command('param')
    .description('MiB, slots and swiotlb=: what a kernel reads, drops, and makes of it')
    .argument('[text...]', 'a size, a value of swiotlb=, or a command line; - is stdin')
    .option(
      '--kernel <version>',
      'whose rules, as 5.15 or 6.8 (default: 6.12)',
      kernelFamily('--kernel'),
    )
    .option('--memory <size>', 'of the machine, as 16GiB or 16G', memory)
    .option('--cpus <n>', 'possible CPUs of the machine', wholeNumber('--cpus', 1, MOST_CPUS))
    .option(
      '--in-flight <list>',
      'instead of TEXT: what may be in flight, as nvme=8x128x64KiB,nic=8x1024x2KiB',
      readInFlight,
    )
    .option('--json', 'one JSON document on stdout')
    .addHelpText('after', notes(NOTES))
    .action(async (words: string[], flags: Flags) => {
      const { inFlight } = flags
      if (inFlight && words.length > 0) {
        throw new InputError('--in-flight: expected without TEXT, of which it takes the place')
      }
      const given = inFlight ? `${slotsInFlight(inFlight)}` : words.join(' ')
      const text =
        given === STDIN ? readText(await readInput(STDIN, io.signal), 'stdin').trim() : given
      const result = param(text, {
        ...(flags.kernel && { kernel: flags.kernel }),
        ...(flags.memory !== undefined && { memoryBytes: flags.memory }),
        ...(flags.cpus !== undefined && { cpus: flags.cpus }),
      })
      if (flags.json) {
        io.printJson('param', { ...result, ...(inFlight && { inFlight }) })
        return
      }
      if (inFlight) io.print(`${inFlightText(inFlight)}\n`)
      io.print(paramText(result))
      if (result.cpus === null && result.byCpus.length > 0) {
        const typed = `${text === '' ? 'param' : `param ${shellWord(text)}`}${givenArgs(flags, ['kernel'])}`
        const { memory } = flags
        const of = memory === undefined ? '16GiB' : `${memory}B`
        io.print(`\n${nextLine('for a machine', `${typed} --cpus 8 --memory ${of}`)}`)
      }
    })
}
