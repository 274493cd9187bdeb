import { Button } from '@mantine/core'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useNavigate, useSearch } from '@tanstack/react-router'
import type { JobDocument, VersionDocument } from '../../../../src/client/index.ts'
import { useHydra, useMayWrite } from '../../api/hydra.tsx'
import { Difference } from '../../definition/Difference.tsx'
import { definitionOf } from '../../definition/definition.ts'
import { mergePatch } from '../../definition/merge-patch.ts'
import { yamlOf } from '../../definition/yaml.ts'
import { Fault, Loading } from '../../parts/States.tsx'
import { Ago } from '../../parts/Time.tsx'
import { tellDone, tellFault } from '../../parts/tell.ts'
import classes from './JobScreen.module.css'

/** What it was at each version, who made it so and when, what they changed; and back to one of them. */
export function JobVersions({ job }: { readonly job: JobDocument }) {
  const hydra = useHydra()
  const { version: chosen = job.version } = useSearch({ from: '/jobs/$jobId' })
  const navigate = useNavigate({ from: '/jobs/$jobId' })
  const { data, error } = useQuery({
    queryKey: ['job', job._id, 'versions', job.version],
    queryFn: ({ signal }) => hydra.jobs.versionsPage(job._id, { limit: 100 }, signal),
  })
  if (error !== null && data === undefined) return <Fault error={error} />
  if (data === undefined) return <Loading rows={4} />
  const versions = data.items
  const at = versions.findIndex(({ version }) => version === chosen)
  const [shown, before] = [versions[at], versions[at + 1]]
  return (
    <div className={classes.versions}>
      <ol aria-label="Versions">
        {versions.map(({ version, actor, created_at }) => (
          <li key={version}>
            <button
              type="button"
              aria-pressed={version === chosen}
              onClick={() => void navigate({ search: { tab: 'versions', version }, replace: true })}
            >
              <strong>Version {version}</strong> {version === job.version && <span className="dim">now</span>}
              <br />
              <span className="dim">
                {actor ?? 'nobody noted'}, <Ago at={created_at} />
              </span>
            </button>
          </li>
        ))}
      </ol>
      {shown === undefined ? (
        <p className="dim">Version {chosen} is not kept any more, or is older than those listed.</p>
      ) : (
        <section aria-label={`Version ${shown.version}`}>
          <Restore job={job} version={shown} />
          <Difference
            before={before === undefined ? '' : yamlOf(before.definition)}
            after={yamlOf(shown.definition)}
            title={before === undefined ? 'As it was first made' : `What changed since version ${before.version}`}
          />
        </section>
      )}
    </div>
  )
}

function Restore({ job, version }: { readonly job: JobDocument; readonly version: VersionDocument }) {
  const hydra = useHydra()
  const queries = useQueryClient()
  const mayWrite = useMayWrite()
  const restore = useMutation({
    mutationFn: () => hydra.jobs.updateFrom(job._id, mergePatch(definitionOf(job), version.definition), job.version),
    onSuccess: (now) => {
      queries.setQueryData<JobDocument>(['job', job._id], now)
      tellDone(`It is as it was at version ${version.version}; that is version ${now.version}.`)
    },
    onError: tellFault,
  })
  if (version.version === job.version || !mayWrite) return null
  return (
    <Button size="xs" variant="default" loading={restore.isPending} onClick={() => restore.mutate()}>
      Restore version {version.version}
    </Button>
  )
}
