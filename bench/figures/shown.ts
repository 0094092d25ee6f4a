/** Kept results of commands, found and shown as the command prints them. */
import { slugOf } from '../conditions.js'
import type { KeptCommand, KeptFile } from '../kept.js'
import { NOT_MEASURED } from './seen.js'

interface Dated {
  readonly kept: Pick<KeptFile['kept'], 'date'>
}

const FENCE = '```'

/** By when it was begun: of one day, names do not say. */
export const byDate = (a: Dated, b: Dated): number =>
  Date.parse(a.kept.date) - Date.parse(b.kept.date)

/** The newest kept result of a command that was given so. */
export function newest(
  files: readonly KeptFile[],
  wanted: (kept: KeptCommand) => boolean,
): { readonly file: string; readonly kept: KeptCommand } | undefined {
  return files
    .flatMap(({ file, kept }) => (kept.kind !== 'bench' && wanted(kept) ? [{ file, kept }] : []))
    .sort(byDate)
    .at(-1)
}

/** `_not measured yet on a kept host: ..._`, with the command that keeps it. */
export const notKept = (command: string): string =>
  `_${NOT_MEASURED}: \`npm run keep -- ${command}\`_`

/** What was kept, as this version makes a text of it. */
export function textOf<T>(
  { file, kept }: NonNullable<ReturnType<typeof newest>>,
  make: (kept: KeptCommand) => T,
): T {
  try {
    return make(kept)
  } catch (error) {
    throw new Error(
      `${file}: this version cannot show what another has kept (${(error as Error).message}); ` +
        `make it anew with npm run keep -- ${kept.command.replace(/^\S+ /, '')}`,
    )
  }
}

/** `on HOST (results/FILE)`: where it was kept, and from what. */
export function placeWords({ file, kept }: NonNullable<ReturnType<typeof newest>>): string {
  const from = kept.source.dirty ? ', from a tree with changes that are in no commit' : ''
  return `on ${slugOf(kept.host)} (results/${file}${from})`
}

/** The same in a sentence. */
export const fromWords = (verb: string, found: NonNullable<ReturnType<typeof newest>>): string =>
  `${verb} ${placeWords(found)}.`

/** What a command printed, and where it was kept. */
export function shown(
  found: ReturnType<typeof newest>,
  command: string,
  text: (kept: KeptCommand) => string,
  verb = 'Measured',
): string {
  if (!found) return notKept(command)
  return [`${FENCE}text`, textOf(found, text), FENCE, '', fromWords(verb, found)].join('\n')
}
