import { useDebouncedValue } from '@mantine/hooks'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import type { VerdictDocument } from '../../../../src/client/index.ts'
import { useHydra } from '../../api/hydra.tsx'
import type { Draft } from './draft.ts'

/** The server's own word on a draft, a moment after the last key. */
export function useVerdict(draft: Draft): { readonly verdict: VerdictDocument | null; readonly isOld: boolean } {
  const hydra = useHydra()
  const [asked] = useDebouncedValue(draft, 120)
  const { data = null, isPlaceholderData } = useQuery({
    queryKey: ['verdict', asked],
    queryFn: () => hydra.jobs.validate(asked),
    placeholderData: keepPreviousData,
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 10_000,
  })
  return { verdict: data, isOld: isPlaceholderData || asked !== draft }
}
