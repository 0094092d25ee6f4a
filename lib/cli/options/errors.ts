/** From what was thrown to what the user reads, and to an exit code. Never a stack. */
import { type Command, CommanderError } from 'commander'
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

/** An option that only a few other commands have is said to be theirs: size has no --memory, param has. */
const FEW = 3

/** What was thrown, or the same with the commands whose option it is. */
export function namingOwners(error: unknown, program: Command): unknown {
  if (!(error instanceof CommanderError) || error.code !== 'commander.unknownOption') return error
  const [, option] = /'(--[\w-]+)/.exec(error.message) ?? []
  const owners = program.commands
    .filter(({ options }) => options.some(({ long }) => long === option))
    .map((command) => command.name())
  if (owners.length === 0 || owners.length > FEW) return error
  const words = `${oneLine(error.message)}; ${owners.join(', ')} ${owners.length === 1 ? 'has' : 'have'} it`
  return new CommanderError(error.exitCode, error.code, words)
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
