/** `instructions`: what trackers cost in a real kernel, by its own benchmark of mappings. */
import type { Command } from 'commander'
import type { CostRow } from '../guest/instructions.js'
import { countInstructions, type InstructionsResult } from '../index.js'
import { instructionsText } from '../report/text/instructions.js'
import type { Finish } from './options/finish.js'
import { addGuestOptions, type GuestFlags, missingTrackers, showStep } from './options/guest.js'
import { notes } from './options/help.js'
import { Exit, type Io } from './options/io.js'
import { latest } from './options/so-far.js'

const NOTES = `
Each tracker is patched into the kernel (see patch), built, and booted twice on one emulated CPU whose clock
counts instructions. The kernel's own benchmark (dma_map_benchmark), with the two divisors taken out that
hide what a tracker costs, maps and unmaps there; both boots must count the same. Instructions show no cache
misses, no contention and no waiting for a lock. A tracker with stretches of time, as epochs, is counted again
with longer ones: for machines that execute 2, 4 and 8 instructions in a nanosecond. Where the processor has virtualization, /dev/kvm is there
and a boot with it comes to its end in 20 s, nanoseconds are shown as well, with 1 and 2 threads.
off is always counted, since all others are held against it.
It ends with 1 if boots differ, a run says nothing, or the kernel complained.`

export function addInstructions(program: Command, io: Io, finish: Finish): void {
  const command = program
    .command('instructions')
    .description('what trackers cost in a real kernel: instructions of its map and unmap')
  addGuestOptions(command)
    .option('--json', 'one JSON document on stdout')
    .addHelpText('after', notes(NOTES))
    .action(async (flags: GuestFlags) => {
      const { kernelSource, tracker, work, slots, areas } = flags
      const result = await latest<InstructionsResult>(io.signal, (onSoFar) =>
        countInstructions({
          kernelSource,
          trackers: tracker.length > 0 ? tracker : ['global-atomic', 'per-area', 'reserve'],
          work,
          pool: { slots, areas },
          signal: io.signal,
          onStep: showStep(io),
          onSoFar,
        }),
      )
      if (flags.json) io.printJson('instructions', result)
      else io.print(instructionsText(result) + missingTrackers(result))
      io.signal.throwIfAborted()
      const saysNothing = ({ why, fasterVoid = [] }: CostRow): boolean =>
        why !== null || fasterVoid.length > 0
      finish(result.rows.some(saysNothing) ? Exit.no : Exit.done)
    })
}
