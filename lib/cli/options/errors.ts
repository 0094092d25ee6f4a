/** From what was thrown to what the user reads, and to an exit code. Never a stack. */
import { CommanderError } from 'commander'
import { AddonError, InputError, OutputError, ResourceError, TraceError } from '../../index.js'
import { Exit, type ExitCode, type Io } from './io.js'

const NAME = 'swiotlb-lab'

const oneLine = (text: string): string => text.trim().replace(/\s*[\r\n]+\s*/g, ' ')

/** What is no fault of this program; the message says all. */
const expected = [InputError, TraceError, AddonError, ResourceError]

/** Of the system: whatever was being written, it is not there. */
const FULL = ['ENOSPC', 'EDQUOT', 'EFBIG', 'EROFS']
const isFull = (error: unknown): boolean =>
  error instanceof Error && FULL.includes((error as NodeJS.ErrnoException).code ?? '')

/** What becomes of a command whose output went nowhere; undefined when it did not. */
export function explainLostOutput(io: Io): ExitCode | undefined {
  // Nobody reads any more: there is nobody to tell.
  if (io.closed) return Exit.done
  if (io.unwritable === undefined) return undefined
  io.complain(`${NAME}: cannot write the output: ${io.unwritable}`)
  return Exit.output
}

/** Says on stderr what went wrong, in one line. */
export function explainError(error: unknown, io: Io): ExitCode {
  const lost = explainLostOutput(io)
  if (lost !== undefined) return lost
  if (io.ending) {
    io.complain(`${NAME}: ${io.ending.words}`)
    return io.ending.code
  }
  if (error instanceof CommanderError) {
    if (error.exitCode === 0) return Exit.done
    io.complain(`${NAME}: ${oneLine(error.message.replace(/^error: /, ''))}`)
    return Exit.input
  }
  if (error instanceof OutputError || isFull(error)) {
    io.complain(`${NAME}: ${oneLine((error as Error).message)}`)
    return Exit.output
  }
  if (expected.some((kind) => error instanceof kind)) {
    io.complain(`${NAME}: ${oneLine((error as Error).message)}`)
    return Exit.input
  }
  const message = error instanceof Error ? error.message : String(error)
  io.complain(
    `${NAME}: unexpected: ${oneLine(message)}; this is a fault of ${NAME}, please report it`,
  )
  return Exit.unexpected
}
