/** `explain`: why "swiotlb buffer is full", and what to do. */
import type { Command } from 'commander'
import { DEFAULT_FAMILY, hasAreas } from '../boot/family.js'
import { diagnose } from '../explain/explain.js'
import { explain, InputError } from '../index.js'
import { explainText } from '../report/text/explain.js'
import type { Diagnosis } from '../results/explain.js'
import { notes } from './options/help.js'
import { readInput, STDIN } from './options/input.js'
import type { Io } from './options/io.js'
import { nextLine, shellWord } from './options/next-step.js'
import { readText } from './options/text.js'

interface Flags {
  readonly json?: boolean
}

const NOTES = `
Reads dmesg, a journal, syslog, a console, or what was pasted of them; "Kernel command line:" and bare
command lines; counters (grep . /sys/kernel/debug/swiotlb/*). Without FILE, and with -, it reads stdin.
Each cause is certain (it follows from arithmetic or from the kernel's rules), likely, possible, or unknown.
Since Linux 7.3 the mark io_tlb_used_hiwater is 0 unless swiotlb= ends with track_hiwater.
It ends with 0 whatever it found, as findings come with their certainty, and where nothing is of swiotlb;
with 2 for what it cannot read: binary data, a trace, a script, what another command printed.`

/** What a size or a command line comes to, where the size of the pool is the matter. */
function afterExplain({ findings, commandLine, pools }: Diagnosis): string | undefined {
  // One line cannot serve several machines.
  if (findings.some(({ host }) => host !== null)) return undefined
  // The most that the advice above names, so that the line never says another size.
  const slots = findings.reduce((most, { askSlots }) => Math.max(most, askSlots ?? 0), 0)
  if (slots > 0) {
    const areas = pools.find((pool) => pool.slots * 2 === slots)?.areas
    const family = commandLine?.kernel ?? DEFAULT_FAMILY
    // A kernel without areas would drop them.
    const value = areas && hasAreas(family) ? `${slots},${areas}` : `${slots}`
    const kernel = family === DEFAULT_FAMILY ? '' : ` --kernel ${family}`
    return nextLine('what a larger pool comes to', `param ${value}${kernel}`)
  }
  const ignored = findings.some(({ cause }) => cause === 'ignored-parameter')
  if (!ignored || commandLine === null) return undefined
  return nextLine(
    'how another kernel reads it',
    `param ${shellWord(commandLine.text)} --kernel 7.3`,
  )
}

export function addExplain(program: Command, io: Io): void {
  program
    .command('explain')
    .description('why a kernel log says "swiotlb buffer is full", and what to do')
    .argument('[file]', 'a kernel log, or what was pasted of one; - is stdin')
    .option('--json', 'one JSON document on stdout')
    .addHelpText('after', notes(NOTES))
    .action(async (file: string | undefined, flags: Flags) => {
      if (file === undefined && process.stdin.isTTY) {
        throw new InputError(
          'explain: expected a file, or a log on stdin: dmesg | swiotlb-lab explain',
        )
      }
      const source = file ?? STDIN
      const name = source === STDIN ? 'stdin' : source
      const text = readText(await readInput(source, io.signal), name)
      if (flags.json) {
        io.printJson('explain', explain(text, { name }))
        return
      }
      const diagnosis = diagnose(text, { name })
      io.print(explainText(diagnosis))
      const next = afterExplain(diagnosis)
      if (next !== undefined) io.print(`\n${next}`)
    })
}
