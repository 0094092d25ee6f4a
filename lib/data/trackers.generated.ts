// Generated from native/trackers/list.h by `npm run generate`.

/** The trackers compiled into the addon, in its order; `byName` ones are run only if named. */
export const trackers = [
  {
    name: 'off',
    promise: 'none',
    description: 'nothing per map; used is the unlocked sum of the areas',
    byName: false,
  },
  {
    name: 'global-atomic',
    promise: 'exact',
    description: 'Linux 6.4 to 7.2: one counter, and a compare-exchange mark, on every map',
    byName: false,
  },
  {
    name: 'boot-switch',
    promise: 'exact',
    description: 'Linux 7.3 with track_hiwater: global-atomic behind a call out of line',
    byName: false,
  },
  {
    name: 'boot-switch-off',
    promise: 'none',
    description: 'Linux 7.3 without it: a call to an empty function; used is a sum, no mark',
    byName: false,
  },
  {
    name: 'global-racy',
    promise: 'never over',
    description: 'one counter; the mark is loaded, compared and stored, so a record can be lost',
    byName: false,
  },
  {
    name: 'per-area',
    promise: 'never under',
    description: 'a mark per area under its lock; the report is their sum',
    byName: false,
  },
  {
    name: 'sampled',
    promise: 'none',
    description: 'nothing per map; a sampler sums the areas every period',
    byName: false,
  },
  {
    name: 'switchable',
    promise: 'exact',
    description: 'global-atomic behind a run-time switch; exact since it was turned on',
    byName: false,
  },
  {
    name: 'batched',
    promise: 'bounded',
    description: 'changes are folded into a global count in batches; off by less than a batch per area',
    byName: false,
  },
  {
    name: 'reserve',
    promise: 'never under',
    description: 'areas reserve slots ahead; never under, over by at most the tolerance, nothing global per map',
    byName: false,
  },
  {
    name: 'epochs',
    promise: 'never under',
    description: 'a mark per area and stretch of time, added up afterwards; a worker, nothing global per map',
    byName: false,
  },
  {
    name: 'windowed',
    promise: 'never under',
    description: 'per-area begun anew by a worker; over by what moves in two of its periods',
    byName: true,
  },
  {
    name: 'local-peak',
    promise: 'none',
    description: "mimalloc's way: an area's own peak on top of the total, when it is merged",
    byName: true,
  },
  {
    name: 'tree',
    promise: 'bounded',
    description: 'areas carry batches up a tree of counters; off by what its shape can hold',
    byName: true,
  },
  {
    name: 'funnel',
    promise: 'exact',
    description: 'aggregating funnels: maps that meet are added to one counter as a batch',
    byName: true,
  },
  {
    name: 'boot-switch-indirect',
    promise: 'exact',
    description: 'boot-switch by address, as on arm64; compared only where it is named',
    byName: true,
  },
  {
    name: 'boot-switch-indirect-off',
    promise: 'none',
    description: 'boot-switch-off by address, as on arm64; compared only where it is named',
    byName: true,
  },
] as const

export type TrackerName = (typeof trackers)[number]['name']
