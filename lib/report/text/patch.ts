/** What was put into a kernel, in words. */
import { countOf } from '../../data/units.js'
import type { TrackerMemory } from '../../patch/memory.js'
import type { PatchResult } from '../../patch/patch.js'
import { table, wrap } from '../words.js'

const kernelWords = ({ kernel, version }: PatchResult): string =>
  version === null ? kernel : `${kernel} (Linux ${version})`

const list = (title: string, lines: readonly string[]): string =>
  [title, ...lines.map((line) => `  ${line}`)].join('\n')

/** CONFIG_NR_CPUS that are shown. */
const SHOWN_CPUS: readonly number[] = [8, 64, 512, 8192]
const MEMORY_HEAD = ['CONFIG_NR_CPUS', 'in an allocator', 'allocated', 'in all']

/** What the tracker takes of the kernel's memory, in bytes. */
function memoryText({ area, roomBytes, allocator, perCpus }: TrackerMemory): string {
  const beside = area.allocatedBytes
  const each =
    `An area is ${area.bytes} bytes, and ${area.plainBytes} without a tracker` +
    (beside === 0
      ? '.'
      : `; beside each, but for those of transient pools, ${beside} bytes are allocated.`)
  const grows =
    perCpus === null
      ? ''
      : ` Of that, ${perCpus.bytes} bytes are for each further ${perCpus.cpus === 1 ? 'CPU' : `${perCpus.cpus} CPUs`} ` +
        'that the kernel is configured for.'
  const room =
    `struct io_tlb_mem has ${roomBytes} bytes and a flag for a tracker, in place of two counters; one ` +
    `that needs more in an allocator has all of it allocated, once, when the first pool joins.${grows}`
  const rows = allocator
    .filter(({ cpus }) => SHOWN_CPUS.includes(cpus))
    .map(({ cpus, bytes, allocatedBytes, totalBytes }) =>
      [cpus, bytes, allocatedBytes, totalBytes].map(String),
    )
  const all =
    'In all: that room, what is allocated, and what the areas have more, in a pool with an area for ' +
    "each of the CPUs; as asked for, and not rounded up as memory is given. The sizes are a 64-bit kernel's " +
    'that does not check its locks, by the compiler of this machine.'
  return [
    `Memory, in bytes:\n${wrap(`${each} ${room}`, '  ', '  ')}`,
    table(MEMORY_HEAD, rows, MEMORY_HEAD)
      .split('\n')
      .map((line) => `  ${line}`)
      .join('\n'),
    wrap(all, '  ', '  '),
  ].join('\n\n')
}

/**
 * @param memory of its tracker; or why that is not known
 * @returns lines without an end
 */
export function patchText(result: PatchResult, memory: TrackerMemory | string): string {
  const { tracker, edited, added, out, written } = result
  const fits = wrap(`${tracker} fits ${kernelWords(result)}: every edit has found its place.`)
  const { lines, trackerLines } = result
  const size = wrap(
    `As a patch: ${countOf(lines.files, 'file')}, ${countOf(lines.added, 'line')} added, ` +
      `${lines.removed} removed; of these, ${trackerLines.added} in ` +
      `${countOf(trackerLines.files, 'file')} are the tracker's own. It is for trying a tracker, not for merging.`,
  )
  const files = [
    size,
    list(
      'Edited:',
      edited.flatMap((one) => [
        `${one.path}:`,
        `  ${countOf(one.edits, 'edit')}, ${countOf(one.added, 'line')} added, ${one.removed} removed`,
      ]),
    ),
    list('New:', added),
    typeof memory === 'string' ? wrap(`Memory is not known: ${memory}`) : memoryText(memory),
  ]
  if (out === null) return [fits, ...files, 'Nothing was written.'].join('\n\n')
  const what =
    written.length === 0
      ? `Nothing differs from what is in ${out}.`
      : `${countOf(written.length, 'file')} written in ${out}.`
  return [fits, ...files, what].join('\n\n')
}
