/** What the commands have in common that build a kernel and boot it. */
import type { Command } from 'commander'
import type { GuestStep } from '../../index.js'
import type { Io } from './io.js'
import { areaCount, slotCount } from './parse.js'
import { missingWords } from './so-far.js'

export interface GuestFlags {
  readonly kernelSource: string
  readonly tracker: readonly string[]
  readonly work: string
  readonly slots: number
  readonly areas: number
  readonly json?: boolean
}

/** Files of a whole kernel of this configuration, about. */
const FILES = 1150

const words = { patch: 'is put into the tree', build: 'is built', boot: 'boots' } as const

const names = (text: string, before: readonly string[]): readonly string[] => [
  ...before,
  ...text.split(',').map((name) => name.trim()),
]

export function addGuestOptions(command: Command): Command {
  return command
    .requiredOption(
      '--kernel-source <dir>',
      'a kernel tree, a tar of one, or a folder with linux-source-*.tar.xz',
    )
    .option('--tracker <a,b|file>', 'names out of `list`, or your own as ./mine.h', names, [])
    .requiredOption(
      '--work <dir>',
      'a folder that is kept: 2 GB for the tree, 200 MB for each kind',
    )
    .option('--slots <size>', 'of the pool', slotCount('--slots'), 16384)
    .option('--areas <n>', 'of the pool', areaCount('--areas', 1, 64), 2)
}

/** Behind the rows that there are: how many are not; nothing where all are. */
export function missingTrackers({
  rows,
  missing = [],
}: {
  readonly rows: readonly unknown[]
  readonly missing?: readonly string[] | undefined
}): string {
  const { length } = missing
  return length > 0 ? `\n\n${missingWords(length, rows.length + length, 'trackers')}` : ''
}

/** What is being done, shown while it is. */
export const showStep =
  (io: Io) =>
  ({ tracker, doing, files = 0 }: GuestStep): void =>
    io.progress({
      phase: `${tracker} ${words[doing]}`,
      done: doing === 'build' ? Math.min(1, files / FILES) : Number.NaN,
      ...(doing === 'build' && { work: { count: files, unit: 'file' } }),
    })
