/** The kinds of documents that `--json` prints, each with a version of its own. */

/** A version goes up when what reads a document would misread the new one. */
const versions = {
  boot: 1,
  calibrate: 1,
  capture: 1,
  check: 1,
  'check-file': 1,
  compare: 1,
  completion: 1,
  demo: 1,
  devices: 1,
  explain: 1,
  'export-selftest': 1,
  finding: 1,
  'finding-file': 1,
  instructions: 1,
  list: 1,
  param: 1,
  patch: 1,
  placements: 1,
  replay: 1,
  report: 1,
  run: 1,
  'run-file': 1,
  size: 1,
  sweep: 1,
  verify: 1,
  watch: 1,
} as const

export type DocumentKind = keyof typeof versions

/** `swiotlb-lab/compare/1`: what stands in the field `schema` of a document. */
export const schemaOf = (kind: DocumentKind): string => `swiotlb-lab/${kind}/${versions[kind]}`

/** What made a document. Nothing of when or where, so that equal runs print equal bytes. */
export interface Made {
  /** Of this package. */
  readonly version: string
  /** As it was typed, for a shell. */
  readonly command: string
}

/** What every document begins with. */
export interface DocumentHead {
  readonly schema: string
  readonly made: Made
}

export const headOf = (kind: DocumentKind, made: Made): DocumentHead => ({
  schema: schemaOf(kind),
  made,
})
