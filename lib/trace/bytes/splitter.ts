import { TraceError } from '../trace-error.js'

const NEWLINE = 10
const RETURN = 13
/** No tool writes a longer one; a file without lines is not held in memory to its end. */
const MAX_LINE_BYTES = 2 ** 20

/** What is done with each line: its bytes from `from` to before `end`, without the line's end. */
export type VisitLine = (bytes: Buffer, from: number, end: number, line: number) => void

/** Cuts bytes that come in pieces into lines, numbered from 1. */
export class LineSplitter {
  readonly #file: string
  readonly #visit: VisitLine
  #rest: Buffer = Buffer.alloc(0)
  #lines = 0

  constructor(file: string, visit: VisitLine) {
    this.#file = file
    this.#visit = visit
  }

  /** Lines seen so far. */
  get lines(): number {
    return this.#lines
  }

  /** The bytes may be used again as soon as this returns. */
  push(bytes: Buffer): void {
    let from = 0
    if (this.#rest.length > 0) {
      const end = bytes.indexOf(NEWLINE)
      const part = end < 0 ? bytes : bytes.subarray(0, end + 1)
      const line = Buffer.concat([this.#rest, part])
      if (end < 0) {
        this.#keep(line)
        return
      }
      this.#rest = Buffer.alloc(0)
      this.#line(line, 0, line.length - 1)
      from = end + 1
    }
    for (let end = bytes.indexOf(NEWLINE, from); end >= 0; end = bytes.indexOf(NEWLINE, from)) {
      this.#line(bytes, from, end)
      from = end + 1
    }
    if (from < bytes.length) this.#keep(Buffer.from(bytes.subarray(from)))
  }

  /** The number of a last line that has no end, or undefined. It was not visited. */
  finish(): number | undefined {
    return this.#rest.length > 0 ? this.#lines + 1 : undefined
  }

  #line(bytes: Buffer, from: number, end: number): void {
    this.#lines++
    const stop = end > from && bytes[end - 1] === RETURN ? end - 1 : end
    this.#visit(bytes, from, stop, this.#lines)
  }

  #keep(rest: Buffer): void {
    if (rest.length > MAX_LINE_BYTES) {
      const problem = `the line is longer than ${MAX_LINE_BYTES} bytes`
      throw new TraceError(this.#file, this.#lines + 1, problem, 'text, in lines')
    }
    this.#rest = rest
  }
}
