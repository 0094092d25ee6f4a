/** The options that say where things lie in memory. */
import type { Command } from 'commander'
import type { Layout } from '../../index.js'
import { layoutValues } from '../../native/layout.js'
import { optionOf, word } from './parse.js'

export type LayoutFlags = Partial<Layout>

export const LAYOUT_FLAGS = ['areaLayout', 'counterLayout', 'slotIndex'] as const

/** The first value of each is the kernel's. */
const AS_KERNEL: Readonly<Record<keyof Layout, string>> = {
  areaLayout: 'packed (as the kernel) or padded',
  counterLayout: 'kernel (offsets 0x58/0x60) or own-line',
  slotIndex: 'run-counts (as the kernel) or bitmap',
}

/** @param without what happens where an option is not given; by default it is as in the kernel */
export function addLayoutOptions(command: Command, without?: string): Command {
  for (const name of LAYOUT_FLAGS) {
    const option = optionOf(name)
    const values: readonly string[] = layoutValues[name]
    const words = without ? `${values.join(' or ')} (default: ${without})` : AS_KERNEL[name]
    command.option(`${option} <name>`, words, word(option, values))
  }
  return command
}

export const layoutOf = ({
  areaLayout,
  counterLayout,
  slotIndex,
}: LayoutFlags): Partial<Layout> => ({
  ...(areaLayout && { areaLayout }),
  ...(counterLayout && { counterLayout }),
  ...(slotIndex && { slotIndex }),
})
