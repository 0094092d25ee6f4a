/** `patch`: a tracker put into a kernel's own files. */
import type { Command } from 'commander'
import { InputError, patch, type TrackerMemory, trackerMemory } from '../index.js'
import { patchText } from '../report/text/patch.js'
import { notes } from './options/help.js'
import type { Io } from './options/io.js'
import { nextLine, shellWord } from './options/next-step.js'

interface Flags {
  readonly tracker: string
  readonly kernelSource: string
  readonly out?: string
  readonly diff?: boolean
  readonly truth?: boolean
  readonly json?: boolean
}

const NOTES = `
The tracker's file goes into the tree byte for byte; include/linux/swiotlb.h and kernel/dma/swiotlb.c are
edited to call it in place of the kernel's own counting. Fits Linux 6.1 and 6.6 to 7.3; where an edit finds no
place, nothing is written and the edit is named. A mark is kept with CONFIG_DEBUG_FS.
--truth counts the pool of all devices, and not restricted pools, which have the tracker too.
Without --out and --diff it only says whether the kernel has a place for all of it.`

/** What the tracker takes; or why that is not known: a patch is made without a compiler. */
async function memoryOf(tracker: string, signal: AbortSignal): Promise<TrackerMemory | string> {
  try {
    return await trackerMemory(tracker, { signal })
  } catch (error) {
    if (error instanceof InputError) return error.message
    throw error
  }
}

export function addPatch(program: Command, io: Io): void {
  program
    .command('patch')
    .description('a tracker put into a kernel, its file unchanged')
    .requiredOption('--tracker <name|file>', 'a name out of `list`, or your own as ./mine.h')
    .requiredOption(
      '--kernel-source <dir>',
      'a kernel tree, a tar of one, or a folder with linux-source-*.tar.xz',
    )
    .option(
      '--out <dir>',
      'where the patched copy goes; there already, only what differs is written',
    )
    .option('--diff', 'all of it on stdout, as patch -p1 and git apply read it')
    .option('--truth', 'the kernel counts what is in use a second time, to judge the tracker by')
    .option('--json', 'one JSON document on stdout')
    .addHelpText('after', notes(NOTES))
    .action(async (flags: Flags) => {
      const { tracker, kernelSource, out, truth } = flags
      io.progress({ phase: `reading ${kernelSource}`, done: Number.NaN })
      const result = await patch({ tracker, kernelSource, out, truth, signal: io.signal })
      if (flags.diff && !flags.json) {
        await io.printPart(result.diff)
        return
      }
      const memory = await memoryOf(tracker, io.signal)
      if (flags.json) {
        const known = typeof memory !== 'string'
        io.printJson('patch', {
          ...result,
          memory: known ? memory : null,
          memoryUnknown: known ? null : memory,
        })
        return
      }
      io.print(patchText(result, memory))
      if (flags.out === undefined) {
        const typed = `patch --tracker ${shellWord(flags.tracker)} --kernel-source ${shellWord(flags.kernelSource)}`
        io.print(`\n${nextLine('as a patch', `${typed}${truth ? ' --truth' : ''} --diff`)}`)
      }
    })
}
