/** What findings ask for again and again, and what is the same throughout a text. */
import type { Context } from './context.js'

/** The same function, which looks for it once in each text. */
export function once<T>(find: (context: Context) => T): (context: Context) => T {
  const known = new WeakMap<Context, { readonly found: T }>()
  return (context) => {
    const { found } = known.get(context) ?? { found: find(context) }
    known.set(context, { found })
    return found
  }
}
