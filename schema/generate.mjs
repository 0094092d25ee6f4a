// Writes scenario.json beside this file, from the built lib/scenario/json-schema.ts.
import { writeFileSync } from 'node:fs'
import { scenarioJsonSchemaText } from '../dist/scenario/json-schema.js'

writeFileSync(new URL('scenario.json', import.meta.url), scenarioJsonSchemaText())
