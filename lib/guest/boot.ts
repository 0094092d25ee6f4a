/** One boot of a kernel in an emulated machine. */

import { InputError } from '../data/errors.js'
import { runCommand } from '../system/process.js'
import { type Arch, archFacts } from './arch.js'
import type { Ordered } from './machine.js'
import { readTold, type Told } from './told.js'

interface Boot {
  readonly arch: Arch
  readonly kernel: string
  readonly image: string
  readonly machine: Ordered
  /** For what it writes meanwhile. */
  readonly folder: string
  /** Of the whole boot. */
  readonly limitMs: number
  readonly signal?: AbortSignal | undefined
}

/** Lines of the console that are kept, the last. */
const KEPT_LINES = 4000
/** Lines of the console that are shown of a boot that went wrong. */
const SHOWN_LINES = 12

function qemuArgs({ arch, kernel, image, machine }: Boot): string[] {
  const { machine: kind, console } = archFacts(arch)
  return [
    ...kind,
    ...machine.runs,
    ...['-m', '1024', '-nodefaults', '-no-user-config', '-display', 'none'],
    ...['-serial', 'stdio', '-no-reboot'],
    ...['-kernel', kernel, '-initrd', image],
    ...['-append', [`console=${console} panic=-1 quiet`, ...machine.orders].join(' ')],
  ]
}

export interface Booted {
  readonly told: Told
  readonly wallSeconds: number
}

/**
 * @throws InputError for a kernel that panics, hangs or says nothing, with the last lines of its console;
 * the signal's reason when it was aborted
 */
export async function boot(what: Boot): Promise<Booted> {
  const lines: string[] = []
  const started = Date.now()
  const onLine = (line: string): void => {
    lines.push(line.replace(/[^\t\x20-\x7e]/g, ''))
    if (lines.length > KEPT_LINES) lines.shift()
  }
  const { arch, limitMs, folder, signal } = what
  const { emulator, emulatorPackages } = archFacts(arch)
  const ended = await runCommand(emulator, qemuArgs(what), {
    limitMs,
    folder,
    signal,
    onLine,
  }).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error
    throw new InputError(
      `a boot takes ${emulator}, which is not in PATH: apt-get install ${emulatorPackages}`,
    )
  })
  const told = readTold(lines)
  if (told.done) return { told, wallSeconds: (Date.now() - started) / 1000 }
  const panic = lines.findIndex((line) => /Kernel panic|Oops|BUG:/.test(line))
  const shown = panic >= 0 ? lines.slice(panic, panic + SHOWN_LINES) : lines.slice(-SHOWN_LINES)
  const why = ended.timedOut
    ? `it did not end within ${limitMs / 1000} s`
    : panic >= 0
      ? 'the kernel panicked'
      : `the emulator ended with ${ended.code ?? ended.signal} before the guest was done`
  const console = shown.length > 0
  const said = console ? shown : ended.stderr.split('\n').filter((line) => line.trim() !== '')
  const whose = console ? 'the console said last:' : 'the emulator said:'
  throw new InputError(
    [
      `the boot failed: ${why}; ${said.length > 0 ? whose : 'it printed nothing'}`,
      ...said.slice(0, SHOWN_LINES).map((line) => `  ${line}`),
    ].join('\n'),
  )
}
