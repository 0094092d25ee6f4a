/** Edits applied to a text, or refused by name. */

import { InputError } from '../data/errors.js'
import { countOf } from '../data/units.js'
import type { Edit, EditedFile } from './edits.js'

type Form = Edit['forms'][number]

/** Where the form begins to look; -1 where what stands in front is not there exactly once. */
function startOf(text: string, { behind }: Form): number {
  if (behind === undefined) return 0
  const [place, ...more] = [...text.matchAll(behind)]
  return place === undefined || more.length > 0 ? -1 : place.index + place[0].length
}

function found(text: string, form: Form): number {
  const start = startOf(text, form)
  if (start < 0) return 0
  const times = [...text.slice(start).matchAll(form.find)].length
  return form.behind === undefined ? times : Math.min(times, form.times)
}

function put(text: string, form: Form): string {
  const start = startOf(text, form)
  const flags = form.find.flags.replace('g', '')
  const find = form.behind === undefined ? form.find : new RegExp(form.find.source, flags)
  return text.slice(0, start) + text.slice(start).replace(find, form.put)
}

const withoutComments = (text: string): string => text.replace(/\/\*[\s\S]*?\*\//g, '')

/** Whether it changes anything: some say that there is nothing to change in a family of kernels. */
const changes = ({ times, put: by }: Form): boolean => times > 0 && by !== '$&'

export interface Edited {
  readonly text: string
  /** How many edits changed something. */
  readonly edits: number
}

/**
 * @param tree its name, for words
 * @throws InputError that names the edit which found no place, or not as many as it needs
 */
export function applyEdits(text: string, { path, edits, gone }: EditedFile, tree: string): Edited {
  let edited = text
  let changed = 0
  for (const { name, forms } of edits) {
    const form = forms.find((one) => found(edited, one) === one.times)
    if (form === undefined) {
      const counts = forms.map((one) => `${countOf(found(edited, one), 'time')}, not ${one.times}`)
      throw new InputError(
        `--kernel-source: ${tree}: no place in ${path} for ${name} (found ${counts.join('; or ')}); ` +
          'expected Linux 6.1, or 6.6 to 7.3, as released, without a tracker in it',
      )
    }
    edited = put(edited, form)
    if (changes(form)) changed++
  }
  const bare = withoutComments(edited)
  const left = gone.flatMap((word) => bare.match(word)?.[0] ?? [])
  if (left.length > 0) {
    throw new InputError(
      `--kernel-source: ${tree}: ${path} counts in a place that is not known: ${left.join(', ')} is ` +
        'left; expected Linux 6.1, or 6.6 to 7.3, as released',
    )
  }
  return { text: edited, edits: changed }
}
