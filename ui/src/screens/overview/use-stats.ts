import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { useHydra } from '../../api/hydra.tsx'
import { ranges } from './ranges.ts'
import { type Looked, spanKey, spanOf } from './span.ts'

/** Ended runs by outcome, over what is looked at. */
export function useStats(looked: Looked) {
  const hydra = useHydra()
  const { bucket } = ranges[looked.range]
  return useQuery({
    queryKey: ['stats', looked.range, spanKey(looked)],
    queryFn: () => hydra.stats({ ...spanOf(looked, Date.now()), bucket }),
    placeholderData: keepPreviousData,
    refetchInterval: 60_000,
  })
}

/** What is planned, as far ahead as the chart goes. */
export function usePlanned({ range }: Pick<Looked, 'range'>) {
  const hydra = useHydra()
  const { bucket, ahead } = ranges[range]
  return useQuery({
    queryKey: ['planned', range],
    queryFn: () => hydra.planned({ until: new Date(Date.now() + ahead * 1000), bucket }),
    placeholderData: keepPreviousData,
    refetchInterval: 60_000,
  })
}

/** What is slow and what is late of it. */
export function useAttention(looked: Looked) {
  const hydra = useHydra()
  return useQuery({
    queryKey: ['attention', spanKey(looked)],
    queryFn: () => hydra.attention(spanOf(looked, Date.now())),
    placeholderData: keepPreviousData,
    refetchInterval: 60_000,
  })
}
