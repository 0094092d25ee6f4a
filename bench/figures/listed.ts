/** Blocks of docs/ that no measurement makes: what the package itself knows. */
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { trackers, traitsOf, type Until } from 'swiotlb-lab'
import { root } from '../conditions.js'
import { markdownTable } from './markdown.js'

const ends: Readonly<Record<Until, string>> = { reset: 'a reset', transient: 'a transient pool' }

/** Each tracker of the list, and what it says of itself. */
function trackerTable(): string {
  return markdownTable(
    ['tracker', 'what it does', 'promise', 'ends with', 'to a reader'],
    trackers.map(({ name, description }) => {
      const { promise, until, reads } = traitsOf(name)
      return [
        `[${name}](../native/trackers/${name.replaceAll('-', '_')}.h)`,
        description,
        promise,
        until.map((what) => ends[what]).join(', ') || 'nothing',
        reads ? 'used <= mark' : 'nothing',
      ]
    }),
  )
}

/** As much of JSON schema as that of a scenario uses. */
interface Schema {
  readonly type?: string | readonly string[]
  readonly description?: string
  readonly default?: unknown
  readonly enum?: readonly unknown[]
  readonly minimum?: number
  readonly maximum?: number
  readonly properties?: Readonly<Record<string, Schema>>
  readonly required?: readonly string[]
}

const limitsOf = ({ minimum, maximum }: Schema): string =>
  minimum === undefined || maximum === undefined ? '' : `, ${minimum} to ${maximum}`

function valuesOf(field: Schema): string {
  if (field.enum) return field.enum.map((value) => `\`${value}\``).join(', ')
  return `${[field.type ?? []].flat().join(' or ')}${limitsOf(field)}`
}

/** What stands for a field that is not there. */
function otherwise(name: string, field: Schema, of: Schema): string {
  if (of.required?.includes(name)) return 'must be given'
  if (field.properties && field.default) return 'as below'
  return field.default === undefined ? 'none' : `\`${JSON.stringify(field.default)}\``
}

function fieldRows(schema: Schema, above: string): string[][] {
  return Object.entries(schema.properties ?? {}).flatMap(([name, field]) => {
    const key = above + name
    if (!field.properties) {
      return [
        [`\`${key}\``, field.description ?? '', valuesOf(field), otherwise(name, field, schema)],
      ]
    }
    const head = [
      `\`${key}\``,
      field.description ?? '',
      'an object',
      otherwise(name, field, schema),
    ]
    return [...(field.description ? [head] : []), ...fieldRows(field, `${key}.`)]
  })
}

/** Each field of a scenario file, from its schema. */
function scenarioTable(): string {
  const schema = JSON.parse(readFileSync(path.join(root, 'schema/scenario.json'), 'utf8')) as Schema
  return markdownTable(['field', 'meaning', 'values', 'without it'], fieldRows(schema, ''))
}

export const listedBlocks: Readonly<Record<string, () => string>> = {
  trackers: trackerTable,
  scenario: scenarioTable,
}
