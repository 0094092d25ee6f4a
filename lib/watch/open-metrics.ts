/** A sample as metrics: names and units by Prometheus' conventions, for node_exporter's textfile collector. */
import { OutputError } from '../data/errors.js'
import { SLOT_BYTES } from '../data/units.js'
import type { WatchName, WatchSample } from '../results/watch.js'
import { writeWhole } from '../system/output.js'

const SECONDS_PER_MINUTE = 60

interface Metric {
  readonly name: string
  readonly help: string
  readonly value: (sample: WatchSample) => number | null
}

type SlotsField = 'poolSlots' | 'usedSlots' | 'hiwaterSlots' | 'transientSlots'

const inBytes = (name: string, help: string, field: SlotsField): Metric => ({
  name,
  help,
  value: ({ [field]: slots }) => (slots === null ? null : slots * SLOT_BYTES),
})

/** All are gauges: what is not known has no line, and a line that says why. */
const METRICS: readonly Metric[] = [
  inBytes('swiotlb_pool_bytes', 'Size of the bounce buffer pool.', 'poolSlots'),
  inBytes('swiotlb_used_bytes', 'Bounce buffers in use.', 'usedSlots'),
  inBytes(
    'swiotlb_used_hiwater_bytes',
    'Most bounce buffers in use since boot or since the mark was reset.',
    'hiwaterSlots',
  ),
  inBytes(
    'swiotlb_transient_bytes',
    'Size of the transient pools, which come and go with their mappings.',
    'transientSlots',
  ),
  {
    name: 'swiotlb_used_ratio',
    help: 'Share of the pool that is in use, 0 to 1.',
    value: ({ usedPercent }) => (usedPercent === null ? null : usedPercent / 100),
  },
  {
    name: 'swiotlb_drift_bytes_per_second',
    help: 'How the lowest use goes: the median of all slopes over up to an hour.',
    value: ({ driftSlotsPerMinute: drift }) =>
      drift === null ? null : (drift * SLOT_BYTES) / SECONDS_PER_MINUTE,
  },
  {
    name: 'swiotlb_leak',
    help: 'Whether the use grows as a leak does: 1 or 0.',
    value: ({ leak, driftSlotsPerMinute: drift }) => (leak ? 1 : drift === null ? null : 0),
  },
  {
    name: 'swiotlb_faults',
    help: 'Values of the kernel that cannot be.',
    value: ({ faults }) => faults.length,
  },
  {
    name: 'swiotlb_last_read_timestamp_seconds',
    help: 'When the counters were read, in seconds since 1970.',
    value: ({ time }) => Date.parse(time) / 1000,
  },
]

const labelNames: Readonly<Record<WatchName, string>> = {
  poolSlots: 'pool',
  usedSlots: 'used',
  hiwaterSlots: 'used_hiwater',
  transientSlots: 'transient',
  usedPercent: 'used_ratio',
  driftSlotsPerMinute: 'drift',
}

/** The value of a label, as its format quotes it. */
const quoted = (text: string): string =>
  `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')}"`

const head = (name: string, help: string): string => `# HELP ${name} ${help}\n# TYPE ${name} gauge`

/** One sample in the text format that Prometheus and OpenMetrics both read. */
function metricsText(sample: WatchSample): string {
  const pool = `pool=${quoted(sample.pool)}`
  const lines = METRICS.flatMap(({ name, help, value }) => {
    const number = value(sample)
    return number === null ? [] : [head(name, help), `${name}{${pool}} ${number}`]
  })
  const unknown = Object.entries(sample.unknown).map(
    ([name, { reason }]) =>
      `swiotlb_unknown{${pool},value=${quoted(labelNames[name as WatchName])},reason=${quoted(reason)}} 1`,
  )
  if (unknown.length > 0) {
    lines.push(head('swiotlb_unknown', 'Values that are not known, and why.'), ...unknown)
  }
  return `${lines.join('\n')}\n# EOF\n`
}

/**
 * A reader finds one sample or the next, never half.
 *
 * @throws OutputError
 */
export function writeMetrics(file: string, sample: WatchSample): void {
  try {
    // The collector reads names that end in .prom, and not the one that is written first.
    writeWhole(file, metricsText(sample))
  } catch (error) {
    const reason = (error as NodeJS.ErrnoException).code ?? String(error)
    throw new OutputError(
      `openMetrics: ${file} cannot be written (${reason}); expected a file in a folder that can be written`,
    )
  }
}
