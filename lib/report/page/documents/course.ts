/** The course of a run, out of JSON. */
import * as z from 'zod'
import type { MarkCourse, UsedCourse } from '../../../results/course.js'
import { listOf } from './figures.js'

const slots = listOf(z.number())

const changes = z
  .object({ at: slots, slots: listOf(z.number().nullable()) })
  .refine(({ at, slots }) => at.length === slots.length, 'expected as many places as slots')

export const usedCourse = z
  .object({
    count: z.number().positive(),
    usedLow: slots,
    usedHigh: slots,
    areas: z.object({ perRow: z.number(), high: listOf(slots) }),
    fragments: z
      .object({ free: slots, longestRun: slots, shortestRun: slots })
      .refine(
        ({ free, ...runs }) => Object.values(runs).every((run) => run.length === free.length),
        'expected as many runs as numbers of free slots',
      )
      .optional(),
  })
  .refine(
    ({ usedLow, usedHigh }) => usedLow.length === usedHigh.length && usedLow.length > 0,
    'expected as many lowest as highest, and at least one',
  )
  .refine(
    ({ areas: { high } }) => high.every((row) => row.length === high[0]?.length),
    'expected rows of areas that are equally long',
  ) satisfies z.ZodType<UsedCourse>

export const markCourse = z.object({
  mark: changes,
  lower: changes,
}) satisfies z.ZodType<MarkCourse>
