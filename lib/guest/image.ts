/** What a guest boots into: one program, packed by the kernel's own tool. */
import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { InputError } from '../data/errors.js'
import { runCommand } from '../system/process.js'
import { type Arch, prefixOf } from './arch.js'
import { GUEST } from './config.js'

/** Of a compiler of a few hundred lines, on a busy machine. */
const LIMIT_MS = 300_000

const FLAGS = ['-O2', '-Wall', '-static'] as const

/** What is in it, as the kernel's tool reads it. */
const listOf = (program: string): string => `dir /dev 0755 0 0
nod /dev/console 0600 0 0 c 5 1
dir /proc 0755 0 0
dir /sys 0755 0 0
file /init ${program} 0755 0 0
`

interface Step {
  /** Where it is made. */
  readonly folder: string
  readonly signal?: AbortSignal | undefined
}

async function step(command: string, args: readonly string[], { folder, signal }: Step) {
  try {
    const { code, stderr, timedOut } = await runCommand(command, args, {
      limitMs: LIMIT_MS,
      folder,
      signal,
    })
    if (code === 0) return
    const why = timedOut ? `no end within ${LIMIT_MS / 1000} s` : stderr.trim().slice(0, 2000)
    throw new InputError(`the guest's program is not made: ${command}: ${why}`)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
    throw new InputError(
      `a guest takes ${command}, which is not in PATH; expected gcc and libc6-dev: ` +
        'apt-get install gcc libc6-dev',
    )
  }
}

/**
 * @param build a kernel's build folder, whose tool packs it
 * @returns the path of what the guest boots into
 * @throws InputError where it cannot be made, with the compiler's words
 */
export async function guestImage(build: string, arch: Arch, at: Step): Promise<string> {
  const compiler = `${prefixOf(arch)}gcc`
  const files = readdirSync(GUEST).sort()
  const sources = files.filter((name) => name.endsWith('.c'))
  const hash = createHash('sha256')
  for (const name of files) hash.update(readFileSync(join(GUEST, name)))
  hash.update([compiler, ...FLAGS].join(' ')).update(listOf('init'))
  const image = join(at.folder, `guest-${hash.digest('hex').slice(0, 16)}.cpio`)
  if (existsSync(image)) return image
  const program = join(at.folder, 'init')
  const paths = sources.map((name) => join(GUEST, name))
  await step(compiler, [...FLAGS, '-o', program, ...paths], at)
  const list = join(at.folder, 'guest.list')
  writeFileSync(list, listOf(program))
  const tool = join(build, 'usr/gen_init_cpio')
  // Under its name only when it is whole.
  const part = `${image}.part`
  await step('sh', ['-c', '"$0" "$1" > "$2"', tool, list, part], at)
  renameSync(part, image)
  return image
}
