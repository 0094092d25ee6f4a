/** The JSON Schema of a scenario file, as it is published in schema/scenario.json. */
import * as z from 'zod'
import { scenarioSchema } from './schema.js'

/**
 * What an editor can check. It is wider than the schema that it is made from: limits of sizes that
 * may be texts, and what one field asks of another, cannot be said in it.
 */
export function scenarioJsonSchema(): object {
  const { $schema, ...schema } = z.toJSONSchema(scenarioSchema, { io: 'input' })
  return { $schema, title: 'swiotlb-lab scenario', ...schema }
}

/** The file's text. */
export function scenarioJsonSchemaText(): string {
  return `${JSON.stringify(scenarioJsonSchema(), null, 2)}\n`
}
