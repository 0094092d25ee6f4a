/** `npm run keep -- COMMAND`: runs a command of the program and keeps what it said. */
import { spawn } from 'node:child_process'
import path from 'node:path'
import { commandWords, keptHost, root, source, sourceName, withoutPlaces } from './conditions.js'
import { type CommandKind, commandKinds, keep } from './kept.js'

const HELP = `usage: npm run keep -- COMMAND [options]
  Runs swiotlb-lab COMMAND with --json and keeps its result in results/, with the commit, the
  host and the command, for npm run figures. COMMAND is one of: ${commandKinds.join(', ')}.
Ends as the command does: 0 done, 1 the answer is no (kept all the same), 2 wrong use.`

class UsageError extends Error {}

interface Ended {
  readonly code: number | null
  readonly text: string
}

/** Its stderr, with what it complains of, is ours. */
function run(args: readonly string[]): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [path.join(root, 'dist/cli/main.js'), ...args], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    const chunks: Buffer[] = []
    child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk))
    child.on('error', reject)
    child.on('close', (code) => resolve({ code, text: Buffer.concat(chunks).toString() }))
  })
}

/** What a command says of the kernel it was given: which, not where it lies. */
function kernelWithoutPlace(kernel: unknown): unknown {
  if (typeof kernel === 'string') return sourceName(kernel)
  if (typeof kernel !== 'object' || kernel === null || !('source' in kernel)) return kernel
  return { ...kernel, source: sourceName(String(kernel.source)) }
}

/** The document without what made it, which stands beside it, and without a kernel's text. */
function keptOf({
  made,
  kernel,
  diff,
  ...result
}: Record<string, unknown>): Record<string, unknown> {
  return kernel === undefined ? result : { ...result, kernel: kernelWithoutPlace(kernel) }
}

function kindOf(command: string | undefined): CommandKind {
  const kind = commandKinds.find((name) => name === command)
  if (!kind) {
    throw new UsageError(`expected a command out of ${commandKinds.join(', ')}, not ${command}`)
  }
  return kind
}

async function main(args: readonly string[]): Promise<number> {
  if (args.length === 0 || args[0] === '--help') {
    console.log(HELP)
    return args.length === 0 ? 2 : 0
  }
  const kind = kindOf(args[0])
  const from = source()
  if (from.dirty) console.error('warning: the tree has changes that are in no commit; kept so')
  const date = new Date().toISOString()
  const host = keptHost()
  const { code, text } = await run([...args.filter((arg) => arg !== '--json'), '--json'])
  if (code !== 0 && code !== 1) return code ?? 1
  const result = keptOf(JSON.parse(withoutPlaces(text, args)))
  const command = commandWords('swiotlb-lab', args)
  const file = keep({ kind, source: from, host, date, command, exit: code, result })
  console.log(`kept: ${path.relative('.', file)}; npm run figures puts it into README.md`)
  return code
}

try {
  process.exitCode = await main(process.argv.slice(2))
} catch (error) {
  console.error(`keep: ${(error as Error).message}`)
  process.exitCode = error instanceof UsageError ? 2 : 1
}
