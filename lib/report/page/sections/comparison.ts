/** A comparison, or a series of them. */
import { countOf, formatSlots } from '../../../data/units.js'
import type { Comparison } from '../../../results/comparison.js'
import { findings, sharedTruth, truthInFull, truthRange } from '../../parts/findings.js'
import { alwaysOnWords, frontierText } from '../../parts/frontier.js'
import { notes } from '../../parts/notes.js'
import { offSeriesWords } from '../../parts/off-series.js'
import { stepNames } from '../../parts/steps.js'
import { fileWords } from '../../parts/tracker-files.js'
import type { PageComparison, PageSweep } from '../documents/comparison.js'
import type { Kinds } from '../kinds.js'
import { type CourseOf, courseFigure } from '../views/course.js'
import { frontierFigure } from '../views/frontier.js'
import { marksFigure } from '../views/marks.js'
import { percentileFigures } from '../views/percentiles.js'
import { ratioFigure, sweepRatioFigures } from '../views/ratios.js'
import { errorFigure, scalingFigures } from '../views/scaling.js'
import { whereFigures } from '../views/where.js'
import type { Section } from './section.js'

const WARNING = 'warning: '

type Facts = Section['facts']

/** Where it ran; a prediction hangs on no host. */
function hostFacts({ host, machine }: Pick<Comparison, 'host' | 'machine'>): Facts {
  if (host) {
    return [
      ['host', `${host.cpuModel}, ${countOf(host.cpus, 'CPU')}`],
      ['software', `Linux ${host.kernel}, ${host.compiler}, Node ${host.node}`],
      ['measured', host.date],
    ]
  }
  if (!machine) return []
  return [
    ['host', 'none: predicted in virtual time, the same on every machine'],
    ['cost model', `${machine.costModel.name}: ${machine.costModel.description}`],
  ]
}

const poolFact = ({ pool }: Comparison): string =>
  `${formatSlots(pool.slots)} in ${countOf(pool.areas, 'area')}`

function truthFact({ rows }: Comparison): string {
  const shared = sharedTruth(rows)
  return shared ? truthInFull(shared) : `each tracker's own, ${truthRange(rows)}`
}

/** The small print without its warnings, and these. */
function split(lines: readonly string[]): Pick<Section, 'notes' | 'warnings'> {
  return {
    notes: lines.filter((line) => !line.startsWith(WARNING)),
    warnings: lines
      .filter((line) => line.startsWith(WARNING))
      .map((line) => line.slice(WARNING.length)),
  }
}

const isCopied = ({ machine, timing }: Comparison): boolean => (machine ?? timing)?.copy ?? false

const courseOf = ({ usedCourse, rows, pool }: PageComparison): CourseOf | undefined =>
  usedCourse && {
    used: usedCourse,
    rows,
    poolSlots: pool.slots,
    unit: 'step',
  }

/** The pictures of one comparison, or of one step, but for its ratios. */
function figuresOf(comparison: PageComparison, kinds: Kinds): Section['figures'] {
  const { rows } = comparison
  const marks = rows.map((row) => ({ ...row, ...row.accuracy }))
  return [
    ...frontierFigure(comparison, kinds),
    ...marksFigure(marks, kinds),
    ...courseFigure(courseOf(comparison), kinds),
    ...whereFigures(rows, isCopied(comparison)),
    ...percentileFigures(comparison, kinds),
  ]
}

const brokenWarning = ({ broken }: Comparison): string[] =>
  broken === null ? [] : [`an invariant of the allocator did not hold: ${broken}`]

export function comparisonSection(comparison: PageComparison, kinds: Kinds): Section {
  const { scenario, rows, own } = comparison
  const { notes: small, warnings } = split(notes(comparison))
  return {
    title: scenario.name,
    findings: findings(comparison, own),
    facts: [
      ...(scenario.description ? [['scenario', scenario.description] as const] : []),
      ['pool', poolFact(comparison)],
      ['peak that really was', truthFact({ ...comparison, rows })],
      ...hostFacts(comparison),
    ],
    warnings: [...brokenWarning(comparison), ...fileWords(own), ...warnings],
    figures: [...ratioFigure(comparison), ...figuresOf(comparison, kinds)],
    notes: small,
  }
}

/** The small print of the last step; what all say is in it. */
export function sweepSection(sweep: PageSweep, kinds: Kinds): Section {
  const { steps, parameter } = sweep
  const end = steps.at(-1) as PageSweep['steps'][number]
  const last = end.comparison
  const lines = steps.flatMap((step) =>
    split(notes(step.comparison)).warnings.map(
      (text) => `${stepNames(parameter, [step])}: ${text}`,
    ),
  )
  const broken = steps.flatMap(({ comparison }) => brokenWarning(comparison))
  const where = `at ${stepNames(parameter, [end])}`
  const errors = errorFigure(sweep, kinds)
  const [summary = '', ...frontier] = frontierText(sweep)
    .map((line) => line.trim())
    .filter((line) => line !== '')
  return {
    title: `${last.scenario.name} over ${stepNames(parameter, steps)}`,
    findings: [
      ...offSeriesWords(sweep),
      ...errors.map(({ sentence }) => sentence),
      ...alwaysOnWords(sweep),
    ],
    more:
      frontier.length === 0 ? undefined : { summary: `Step by step: ${summary}`, lines: frontier },
    facts: [
      ...(last.scenario.description ? [['scenario', last.scenario.description] as const] : []),
      [`pool ${where}`, poolFact(last)],
      ...hostFacts(last),
    ],
    warnings: [...new Set([...broken, ...fileWords(last.own), ...lines])],
    figures: [
      ...sweepRatioFigures(sweep),
      ...scalingFigures(sweep, kinds),
      ...errors,
      ...figuresOf(last, kinds).map((figure) => ({
        ...figure,
        title: `${figure.title}, ${where}`,
      })),
    ],
    notes: split(notes(last)).notes.map((note) => `${where}: ${note}`),
  }
}
