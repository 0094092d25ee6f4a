/** What the model of `reserve` is searched for: reserve.pml says what each name is. */

export const model = 'reserve.pml'

/** What must hold, with nothing left out; those that take longest are marked. */
export const configurations = [
  ['exact', 'TOLERANCE=0 RESET'],
  ['a tolerance', 'TOLERANCE=1 RESET'],
  ['larger chunks', 'TOLERANCE=3 MAX_CHUNK=2'],
  ['larger areas', 'SLOTS=3 RESET', 'long'],
  ['the tolerance changes', 'TOLERANCE=0 OTHER_TOLERANCE=2 RESET'],
  ['a transient pool', 'TRANSIENT RESET'],
  ['a transient pool beside two areas', 'AREAS=3 TRANSIENT TOLERANCE=0', 'long'],
  ['three areas', 'AREAS=3 LAST_SLOTS=1 TOLERANCE=0', 'long'],
  ['three workers', 'WORKERS=3 RESET'],
  ['a reader', 'SLOTS=1 TOLERANCE=0 READER RESET'],
  ['a reader, a tolerance', 'SLOTS=1 READER RESET'],
  ['a group, exact', 'GROUPS=1 SLOTS=1 TOLERANCE=0 RESET'],
  ['a group', 'GROUPS=1 SLOTS=1 RESET'],
  ['a sweep leaves a group some', 'GROUPS=1 SLOTS=1 LEFT=2 MOST=4 TOLERANCE=3'],
  ['a group, larger areas', 'GROUPS=1 LAST_SLOTS=1 TOLERANCE=0'],
  ['a group and a transient pool', 'GROUPS=1 SLOTS=1 TRANSIENT TOLERANCE=0'],
  ['two groups', 'GROUPS=2 SLOTS=1 TOLERANCE=0', 'long'],
  ['a group and a reader', 'GROUPS=1 SLOTS=1 TOLERANCE=0 READER', 'long'],
]

/** What each guard is there for: without it this breaks. */
const UNDER = /assertion violated .*low<=mark/
const OVER = /assertion violated .*mark<=\(peak\+bound\)/
const READ = /assertion violated .*sum<=/
/* Which of the two is met first is the search's order. */
const SHOWN = /assertion violated .*(low<=seen|sum<=)/
const SUM = /assertion violated .*granted>=/
const DEADLOCK = /pan:\d+: invalid end state/
export const guards = [
  ['NO_RAISE', '', UNDER, 'a map that passes the mark returns at once'],
  ['NO_SWEEP', '', OVER, 'the mark rises without a sweep'],
  ['NO_CHUNK_ZERO', '', OVER, 'a sweep leaves the chunk'],
  ['NOT_STRICT', '', OVER, "a sweep leaves the area's least use"],
  ['STALE_CHUNK', '', OVER, "the chunk is read before the area's lock is taken"],
  ['STALE_MARK', 'RESET', UNDER, "the mark is read before the area's lock is taken"],
  ['NO_MARK_ZERO', 'RESET', UNDER, 'a reset leaves the mark while it sweeps'],
  ['UNLOCKED_SWEEP', '', SUM, 'a sweep takes no area lock'],
  ['NO_TRIM', 'GROUPS=1 SLOTS=1', OVER, 'a sweep does not wait for the groups'],
  ['UNCOUNTED_SPARE', 'GROUPS=1 SLOTS=1 LEFT=2', OVER, 'the mark rises by what is left to groups'],
  ['STALE_MOST', 'GROUPS=1 SLOTS=1', OVER, 'who gives looks at what a group may hold before'],
  ['UNLOCKED_REFILL', 'GROUPS=1 SLOTS=1', OVER, 'a group is refilled without its lock'],
  ['UNLOCKED_RECLAIM', 'GROUPS=1 SLOTS=1', OVER, 'a group is taken back from without its lock'],
  ['RECLAIM_LATE', 'GROUPS=1 SLOTS=1', OVER, 'what is taken back is granted beyond the lock'],
  ['IN_DEBT', 'GROUPS=1 SLOTS=1', OVER, 'what a group did not have is not put back'],
  ['NOT_AGAIN', 'GROUPS=1 TOLERANCE=0', OVER, 'what others gave into a debt is asked for as well'],
  ['USED_UNCAPPED', 'SLOTS=1 READER', READ, "used is the areas' sum, whatever the mark"],
  ['REPORT_ZERO', 'SLOTS=1 READER RESET', SHOWN, 'readers see the zero of a reset'],
  ['RAISE_UNDER_LOCK', '', DEADLOCK, "a map raises the mark with its area's lock held"],
]
