// The published JSON Schema: it is what the code makes, and it knows every field.

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from '@jest/globals'
import { presets, scenarioSchema } from '../../lib/index.js'
import { scenarioJsonSchema, scenarioJsonSchemaText } from '../../lib/scenario/json-schema.js'

interface Schema {
  readonly type?: string | readonly string[]
  readonly properties?: Readonly<Record<string, Schema>>
  readonly required?: readonly string[]
  readonly additionalProperties?: boolean
  readonly items?: Schema
  readonly anyOf?: readonly Schema[]
}

const published = JSON.parse(
  readFileSync(join(__dirname, '../../schema/scenario.json'), 'utf8'),
) as Schema & { readonly $schema: string }

/** The first thing that a value has and the schema does not, by its path; undefined for none. */
function unknownTo(schema: Schema, value: unknown, path = ''): string | undefined {
  if (schema.anyOf) {
    const all = schema.anyOf.map((one) => unknownTo(one, value, path))
    return all.includes(undefined) ? undefined : all[0]
  }
  if (Array.isArray(value)) {
    const item = schema.items ?? {}
    return value.map((v, i) => unknownTo(item, v, `${path}[${i}]`)).find((p) => p !== undefined)
  }
  if (typeof value !== 'object' || value === null) {
    const types = [schema.type ?? []].flat().map((t) => (t === 'integer' ? 'number' : t))
    return types.includes(typeof value) ? undefined : `${path}: ${typeof value}`
  }
  const missing = (schema.required ?? []).find((key) => !(key in value))
  if (missing !== undefined) return `${path}.${missing}: missing`
  for (const [key, inner] of Object.entries(value)) {
    const known = schema.properties?.[key]
    if (!known) return `${path}.${key}: unknown`
    const found = unknownTo(known, inner, `${path}.${key}`)
    if (found !== undefined) return found
  }
  return undefined
}

describe('schema/scenario.json', () => {
  test('is what `npm run generate` writes', () => {
    const text = readFileSync(join(__dirname, '../../schema/scenario.json'), 'utf8')
    expect(text).toBe(scenarioJsonSchemaText())
    expect(published).toEqual(JSON.parse(JSON.stringify(scenarioJsonSchema())))
    expect(published.$schema).toBe('https://json-schema.org/draft/2020-12/schema')
  })

  test('has every field of a scenario, and asks for those without a default only', () => {
    expect(Object.keys(published.properties ?? {})).toEqual(Object.keys(scenarioSchema.shape))
    expect(published.required).toEqual(['name', 'pool', 'cpus', 'workload'])
  })

  test('no object takes keys that it does not know', () => {
    const open: string[] = []
    const walk = (schema: Schema, path: string): void => {
      if (schema.properties && schema.additionalProperties !== false) open.push(path)
      for (const [key, inner] of Object.entries(schema.properties ?? {}))
        walk(inner, `${path}.${key}`)
      for (const inner of [...(schema.anyOf ?? []), ...(schema.items ? [schema.items] : [])]) {
        walk(inner, path)
      }
    }
    walk(published, 'scenario')
    expect(open).toEqual([])
  })

  test.each(Object.entries(presets))('the preset %s fits', (_, preset) => {
    expect(unknownTo(published, preset)).toBeUndefined()
  })

  test('what does not fit is seen', () => {
    const preset = presets.uniform
    expect(unknownTo(published, { ...preset, cpu: 1 })).toBe('.cpu: unknown')
    expect(unknownTo(published, { ...preset, cpus: '8' })).toBe('.cpus: string')
    expect(unknownTo(published, { name: 'x' })).toBe('.pool: missing')
  })
})
