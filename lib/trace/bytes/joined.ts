/** Several files of one recording, as if they were one. */
import { listArgument } from '../../data/options.js'
import type { TraceSource } from './sources.js'
import { unpack } from './unpack.js'

const NEWLINE = 10
/** Stands for a line that was cut, so that the reader counts it as lost; ftrace's own words. */
const LOST = Buffer.from('CPU:0 [LOST 1 EVENTS]\n')

/** Events of probes: a map that fails has only the first. */
const PROBED = ['swiotlb_map:', 'tlb_inc:', 'tlb_dec:', 'swiotlb_unmap:']
/** The kernel's own event of a map that bounces. */
const BOUNCED = 'swiotlb_bounced:'

/** Where a line of the whole stands. */
interface LinePlace {
  readonly file: string
  readonly line: number
}

export interface JoinedSource extends TraceSource {
  /** The file and its line that a line of all of them is; only of lines that were read. */
  placeOf(line: number): LinePlace
  /**
   * Parts with bounced maps and without the probes that others have, once all was read: a reader takes
   * the probes alone, and so nothing of these parts.
   */
  passedOver(): readonly string[]
}

/**
 * The texts of several files one after the other, each unpacked. A line that has no end is left out,
 * but in the last of them, where the reader says so itself.
 */
export function joinedSource(
  parts: readonly { readonly file: string; readonly source: TraceSource }[],
): JoinedSource {
  listArgument('parts', parts, 'a list of {file, source}')
  /** Lines before each part. */
  let begins: number[] = []
  let probed = new Set<string>()
  let bounced = new Set<string>()
  const note = (file: string, lines: Buffer): void => {
    if (!probed.has(file) && PROBED.some((event) => lines.includes(event))) probed.add(file)
    if (!bounced.has(file) && lines.includes(BOUNCED)) bounced.add(file)
  }
  const sum = (of: (source: TraceSource) => number | undefined): number =>
    parts.reduce((all, { source }) => all + (of(source) ?? Number.NaN), 0)
  return {
    async *chunks(signal?: AbortSignal): AsyncGenerator<Buffer> {
      begins = []
      probed = new Set()
      bounced = new Set()
      let lines = 0
      const count = (bytes: Buffer, file: string): Buffer => {
        note(file, bytes)
        for (let at = bytes.indexOf(NEWLINE); at >= 0; at = bytes.indexOf(NEWLINE, at + 1)) lines++
        return bytes
      }
      for (const [i, { file, source }] of parts.entries()) {
        begins.push(lines)
        let rest: Buffer = Buffer.alloc(0)
        for await (const chunk of unpack(source.chunks(signal))) {
          const end = chunk.lastIndexOf(NEWLINE) + 1
          if (end > 0) yield count(Buffer.concat([rest, chunk.subarray(0, end)]), file)
          // Bytes may be used again when this goes on.
          const tail = Buffer.from(chunk.subarray(end))
          rest = end > 0 ? tail : Buffer.concat([rest, tail])
        }
        if (rest.length > 0) yield i === parts.length - 1 ? rest : count(LOST, file)
      }
    },
    get read() {
      return sum(({ read }) => read)
    },
    get size() {
      const all = sum(({ size }) => size)
      return Number.isNaN(all) ? undefined : all
    },
    placeOf(line) {
      const at = begins.findLastIndex((begin) => begin < line)
      const { file = '' } = parts[at] ?? {}
      return { file, line: line - (begins[at] ?? 0) }
    },
    passedOver() {
      return probed.size === 0 ? [] : [...bounced].filter((file) => !probed.has(file))
    },
    close() {
      for (const { source } of parts) source.close()
    },
  }
}
