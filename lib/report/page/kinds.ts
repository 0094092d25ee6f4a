/** Which colour a tracker has: the same in each picture of a page. */

/** Colours of the style sheet. */
const COLOURS = 11

/** The class of a tracker's lines and bars, by its place among all of the page; `off` is grey. */
export type Kinds = (tracker: string) => string

export function kindsOf(trackers: readonly string[]): Kinds {
  const names = [...new Set(trackers)].filter((name) => name !== 'off')
  return (tracker) => {
    const at = names.indexOf(tracker)
    if (at < 0) return 'off'
    return `s${at % COLOURS}${at >= COLOURS ? ' dashed' : ''}`
  }
}
