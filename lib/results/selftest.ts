/** What `export-selftest` has done. */

/** What was laid out as tests for a kernel's tree. */
export interface SelftestResult {
  /** As it was named. */
  readonly folder: string
  /** Of this package, as it stands in the folder's file MADE. */
  readonly version: string
  /** All files that the folder has of this command, by path below it. */
  readonly files: readonly string[]
  /** Those that were written; the others were as they are to be. */
  readonly written: readonly string[]
  /** Of those that were written, the ones that somebody had changed since the folder was made. */
  readonly replaced: readonly string[]
  /** Files of another version that this one does not have, and that are gone. */
  readonly removed: readonly string[]
  /** Such files that somebody had changed, which were left. */
  readonly left: readonly string[]
}
