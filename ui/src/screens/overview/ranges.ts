/** The spans that are looked at, the width of a bar in each, and how far ahead the plan is shown: all in seconds. */
export const ranges = {
  hour: { seconds: 3600, bucket: 60, ahead: 900, words: 'in the last hour' },
  day: { seconds: 86_400, bucket: 900, ahead: 21_600, words: 'in the last day' },
  week: { seconds: 604_800, bucket: 3600 * 2, ahead: 86_400 * 1.5, words: 'in the last week' },
} as const
export type RangeName = keyof typeof ranges
