/** The counters of debugfs, in each of the ways in which people print them. */
import { type CounterName, type CounterValue, counterNames } from './events.js'
import { parseCount } from './numbers.js'

/** The order in which a shell lists them. */
const LISTED: readonly (readonly CounterName[])[] = [
  ['nslabs', 'used'],
  ['nslabs', 'used', 'used_hiwater'],
  ['nslabs', 'transient_nslabs', 'used', 'used_hiwater'],
]

const NAME = '(nslabs|used_hiwater|hiwater|used|transient_nslabs)'
/** With the kernel's own name a value may follow anything; without, only a colon or an equals sign. */
const MARKS = '["\'`*]*'
const NAMED = new RegExp(
  `(?:swiotlb/([\\w.@-]+)/)?\\bio_tlb_${NAME}\\b${MARKS}\\s*(?:[:=|]|\\bis\\b|\\s)\\s*${MARKS}(\\d{1,24})\\b`,
  'gi',
)
const SHORT = new RegExp(`\\b${NAME}\\s*[:=]\\s*(\\d{1,24})\\b`, 'gi')
/** \`==> FILE <==\` of head, or a prompt with cat and the file. */
const FILE =
  /(?:swiotlb\/)?(?:([\w.@-]+)\/)?io_tlb_(nslabs|used_hiwater|used|transient_nslabs)(?=[\s;|)]|$)/g
const SHOWN = /^==>.*<==$|\b(?:cat|head|tail|more|less)\b/
const ALL = /\bcat\b.*swiotlb\/(?:io_tlb_)?\*/
/** A loop of a shell shows the same files again and again. */
const LOOP = /\b(?:while|for|until|watch)\b/
const VALUE = /^\d{1,24}$/

const nameOf = (text: string): CounterName => {
  const name = text.toLowerCase()
  return name === 'hiwater' ? 'used_hiwater' : (counterNames.find((one) => one === name) ?? 'used')
}

const poolOf = (folder: string | undefined): string =>
  folder === undefined || folder === 'swiotlb' ? '' : folder

interface Slot {
  readonly pool: string
  readonly name: CounterName
}

/** Reads line by line; it remembers which files a prompt asked for. */
export class CounterReader {
  /** Files whose values are still to come. */
  #asked: Slot[] = []
  /** The same, to begin anew with, where a loop shows them. */
  #again: readonly Slot[] = []
  /** Values after a pattern that names no file. */
  #bare: string[] | undefined

  /** Values of a line; undefined where it holds none. A pattern's values come with its last. */
  read(text: string): CounterValue[] | undefined {
    const trimmed = text.trim()
    if (VALUE.test(trimmed)) return this.#plain(trimmed)
    const left = this.flush()
    const values = this.#named(trimmed)
    if (values.length > 0) this.#ask([])
    else this.#prompt(trimmed)
    const all = [...left, ...values]
    return all.length > 0 ? all : undefined
  }

  /** What is still waiting at the end of the text. */
  flush(): CounterValue[] {
    const bare = this.#bare ?? []
    this.#bare = undefined
    const names = LISTED.find(({ length }) => length === bare.length)
    return (names ?? []).flatMap((name, i) => counterValue({ pool: '', name }, bare[i] ?? ''))
  }

  #plain(text: string): CounterValue[] | undefined {
    if (this.#bare) {
      this.#bare.push(text)
      return []
    }
    if (this.#asked.length === 0) this.#asked = [...this.#again]
    const slot = this.#asked.shift()
    return slot && counterValue(slot, text)
  }

  #named(text: string): CounterValue[] {
    const values = [...text.matchAll(NAMED)].flatMap(([, folder, name = '', value = '']) =>
      counterValue({ pool: poolOf(folder), name: nameOf(name) }, value),
    )
    if (values.length > 0 || !/nslabs|hiwater/i.test(text)) return values
    return [...text.matchAll(SHORT)].flatMap(([, name = '', value = '']) =>
      counterValue({ pool: '', name: nameOf(name) }, value),
    )
  }

  #ask(files: Slot[], again = false): void {
    this.#asked = [...files]
    this.#again = again ? files : []
  }

  #prompt(text: string): void {
    if (!SHOWN.test(text)) {
      if (text !== '') this.#ask([])
      return
    }
    if (ALL.test(text)) {
      this.#bare = []
      return
    }
    const files = [...text.matchAll(FILE)].map(([, folder, name = '']) => ({
      pool: poolOf(folder),
      name: nameOf(name),
    }))
    this.#ask(files, LOOP.test(text))
  }
}

function counterValue({ pool, name }: Slot, text: string): CounterValue[] {
  const value = parseCount(text)
  return value === undefined ? [] : [{ pool, name, value }]
}
