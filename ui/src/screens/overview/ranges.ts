/** The spans that are looked at, and the width of a bar in each: both in seconds. */
export const ranges = {
  hour: { seconds: 3600, bucket: 60, words: 'in the last hour' },
  day: { seconds: 86_400, bucket: 900, words: 'in the last day' },
  week: { seconds: 604_800, bucket: 3600 * 2, words: 'in the last week' },
} as const
export type RangeName = keyof typeof ranges
