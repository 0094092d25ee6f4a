import { isOperationLog, readOperationLog } from './operation-log.js'
import { isProbed, readProbed } from './probed.js'
import { scanTrace } from './scan.js'
import { readStandard } from './standard.js'
import { readBytes } from './text.js'
import type { TraceHints, WholeTrace } from './trace.js'
import { TraceError } from './trace-error.js'

/** Files that look like traces to their owners, but are binary. */
const BINARY: readonly (readonly [Buffer, string, string])[] = [
  [Buffer.from('\x17\x08\x44tracing', 'latin1'), 'a binary trace.dat', 'text: trace-cmd report'],
  [Buffer.from('PERFILE2', 'latin1'), 'a binary perf.data', 'text: perf script'],
]

/**
 * Reads a trace of any kind: ftrace text, `trace-cmd report`, `perf script` or an operation log,
 * plain or gzip. The hints say what the trace does not: the pool's size, areas and start, without
 * which slots are unknown. Throws TraceError.
 */
export function readTrace(input: string | Uint8Array, hints: TraceHints): WholeTrace {
  const { file } = hints
  const bytes = readBytes(input, file)
  for (const [magic, found, expected] of BINARY) {
    if (bytes.subarray(0, magic.length).equals(magic))
      throw new TraceError(file, 0, found, expected)
  }
  if (isOperationLog(bytes)) return readOperationLog(bytes, hints)
  const scan = scanTrace(bytes, file)
  const probed = isProbed(scan.events)
  const reading = probed ? readProbed(scan, hints) : readStandard(scan, hints)
  return {
    file,
    format: scan.format,
    layout: probed ? 'probes' : 'standard',
    events: scan.events.length,
    ...reading,
  }
}
