/** What boots have in common, as text. */
import { wrap } from '../words.js'

/** Why a tracker has no row worth reading; lines of a compiler or a console stay as they are. */
export const whyWords = (tracker: string, why: string): string =>
  why.includes('\n') ? `${tracker}: ${why}` : wrap(`${tracker}: ${why}.`, '  ')
