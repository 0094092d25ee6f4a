import { constants, gunzipSync } from 'node:zlib'
import { TraceError } from './trace-error.js'

const NEWLINE = 10

/** The bytes of a file, unpacked if they are gzip. Throws TraceError if the data end too early. */
export function readBytes(input: string | Uint8Array, file: string): Buffer {
  if (typeof input === 'string') return Buffer.from(input, 'latin1')
  const bytes = Buffer.from(input.buffer, input.byteOffset, input.byteLength)
  if (bytes[0] !== 0x1f || bytes[1] !== 0x8b) return bytes
  try {
    return gunzipSync(bytes)
  } catch (error) {
    const line = readableLines(bytes) + 1
    const reason = error instanceof Error ? error.message : String(error)
    throw new TraceError(file, line, `the gzip data are damaged (${reason})`, 'a whole gzip file')
  }
}

/** Lines that can still be unpacked from damaged gzip data. */
function readableLines(bytes: Buffer): number {
  try {
    const part = gunzipSync(bytes, { finishFlush: constants.Z_SYNC_FLUSH })
    let lines = 0
    for (let at = part.indexOf(NEWLINE); at >= 0; at = part.indexOf(NEWLINE, at + 1)) lines++
    return lines
  } catch {
    return 0
  }
}

/**
 * Calls `visit` for every line, numbered from 1, without its end. Throws TraceError if there is
 * none, or if the last one is cut: the writers of all these files end each line.
 */
export function forEachLine(
  bytes: Buffer,
  file: string,
  visit: (text: string, line: number) => void,
): void {
  if (bytes.length === 0) throw new TraceError(file, 1, 'the file is empty', 'a trace')
  let line = 0
  let from = 0
  while (from < bytes.length) {
    line++
    const end = bytes.indexOf(NEWLINE, from)
    if (end < 0) throw cutLine(file, line)
    const stop = end > from && bytes[end - 1] === 13 ? end - 1 : end
    visit(bytes.toString('latin1', from, stop), line)
    from = end + 1
  }
}

/** The error for a last line without its end. */
export function cutLine(file: string, line: number): TraceError {
  return new TraceError(file, line, 'the last line is cut', 'a line that ends with a newline')
}
