/** What docs/boot.md and docs/patch.md show of booted kernels, each kind of kernel from its newest result. */
import { bootText, captureText, type GuestResult, type Replayed } from 'swiotlb-lab'
import { sourceName } from '../conditions.js'
import type { KeptCommand, KeptFile } from '../kept.js'
import { newest, shown } from './shown.js'

/** Of every command that boots a kernel. */
export const KERNEL = '--kernel-source linux-source-6.12.tar.xz --work kernels'

interface Booted extends GuestResult {
  /** Where the boots' traces were kept. */
  readonly replayed?: readonly Replayed[]
}

const resultOf = ({ result }: KeptCommand): Booted => result as unknown as Booted

export const redo = (command: string): string => `To redo it: \`${command}\``

/** With what to type for the same. */
export function withRedo(
  found: ReturnType<typeof newest>,
  command: string,
  text: (kept: KeptCommand) => string,
  verb: string,
): string {
  const printed = shown(found, command, text, verb)
  return found ? `${printed}\n\n${redo(found.kept.command)}` : printed
}

/** @param options of `boot`, by which a kind of kernel is told */
function booted(
  files: readonly KeptFile[],
  options: string,
  isKind: (booted: Booted) => boolean,
  text: (booted: Booted) => string,
): string {
  const found = newest(files, (kept) => kept.kind === 'boot' && isKind(resultOf(kept)))
  return withRedo(found, `boot ${KERNEL}${options}`, (kept) => text(resultOf(kept)), 'Booted')
}

const isOf = ({ kind }: Booted, lockdep: boolean, dynamic: boolean): boolean =>
  kind.lockdep === lockdep && kind.dynamic === dynamic

/** The same run in the port, under the table. */
function besideText({ replayed = [], rows }: Booted): string {
  // Where they lay is of no use to others.
  const named = replayed.map((one) => ({ ...one, file: sourceName(one.file) }))
  return captureText(rows, named)
}

type Block = (files: readonly KeptFile[]) => string

export const bootBlocks: Readonly<Record<string, Block>> = {
  'letter-boot': (files) =>
    booted(
      files,
      ' --capture captures',
      (one) => isOf(one, false, false) && one.replayed !== undefined,
      (one) => `${bootText(one)}\n\n${besideText(one)}`,
    ),
  'boot-static': (files) => booted(files, '', (one) => isOf(one, false, false), bootText),
  'boot-lockdep': (files) => booted(files, ' --lockdep', (one) => isOf(one, true, false), bootText),
  'boot-growing': (files) => booted(files, ' --dynamic', (one) => isOf(one, false, true), bootText),
}
