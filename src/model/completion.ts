import { z } from 'zod'
import { texts, whole } from './fields.ts'

/** When an attempt succeeded. Empty exit codes mean [0]. Source: the wire contract, "Completion". */
export const Completion = z.preprocess(
  (value) => value ?? {},
  z.object(
    {
      exit_codes: z.preprocess(
        (value) =>
          value === null || value === undefined || (Array.isArray(value) && value.length === 0) ? [0] : value,
        z
          .array(whole(-2147483648, 4294967295), { error: 'must be a list of whole numbers' })
          .max(1000, { error: 'must have at most 1000 entries' }),
      ),
      stdout_contains: texts(),
      stdout_not_contains: texts(),
      stderr_contains: texts(),
      stderr_not_contains: texts(),
    },
    { error: 'must be an object' },
  ),
)
export type Completion = z.infer<typeof Completion>

/** Which of the needles were seen in the whole output of an attempt, in the order of the definition's lists. */
export const Sightings = z.object({
  stdout_contains: z.array(z.boolean()),
  stdout_not_contains: z.array(z.boolean()),
  stderr_contains: z.array(z.boolean()),
  stderr_not_contains: z.array(z.boolean()),
})
export type Sightings = z.infer<typeof Sightings>
