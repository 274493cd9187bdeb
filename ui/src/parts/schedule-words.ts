import { useQuery } from '@tanstack/react-query'
import type { JobDocument } from '../../../src/client/index.ts'
import { everyWords } from './format.ts'

type Schedule = Pick<JobDocument['schedule'], 'mode' | 'cron' | 'interval_seconds' | 'timezone'>

/** A cron line in words; null where the words are not loaded yet, or it has none. */
export function useCronWords(cron: string | null): string | null {
  const { data = null } = useQuery({
    queryKey: ['words', cron],
    enabled: cron !== null && cron !== '',
    staleTime: Number.POSITIVE_INFINITY,
    retry: false,
    queryFn: async () => {
      const { toString: wordsOf } = await import('cronstrue')
      try {
        return wordsOf(cron ?? '', { use24HourTimeFormat: true, verbose: false })
      } catch {
        // Not a line that has words: the server says what is wrong with it.
        return null
      }
    },
  })
  return data
}

/** When a job runs, in words. */
export function useScheduleWords({ mode, cron, interval_seconds, timezone }: Schedule): string {
  const words = useCronWords(mode === 'cron' ? cron : null)
  if (mode === 'immediate') return 'When it is submitted'
  if (mode === 'interval') return capital(everyWords(interval_seconds ?? 0))
  return `${words ?? cron ?? ''}, ${timezone}`
}

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1)
