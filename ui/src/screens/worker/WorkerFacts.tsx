import { Link } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import type { WorkerDocument } from '../../../../src/client/index.ts'
import { useWho } from '../../api/hydra.tsx'
import { Mark } from '../../parts/Status.tsx'
import { Ago } from '../../parts/Time.tsx'
import classes from './WorkerScreen.module.css'

/** What a worker says of itself. */
export function WorkerFacts({ worker }: { readonly worker: WorkerDocument }) {
  const { hostname, ip, os, cpu_count, run_user, python_version, deployment_type, cwd, kill_level } = worker
  return (
    <dl className={classes.facts}>
      <Fact name="Domain">{worker.domain}</Fact>
      <Fact name="Last heard">
        <Ago at={new Date(worker.last_heartbeat * 1000).toISOString()} />
      </Fact>
      <Fact name="Version">
        <Version version={worker.version} />
      </Fact>
      <Fact name="Host">
        {hostname} {ip !== '' && <span className="dim">({ip})</span>}
      </Fact>
      <Fact name="System">
        {os}, {cpu_count} CPU
      </Fact>
      <Fact name="Runs as">{run_user || 'unknown'}</Fact>
      <Fact name="Python">{python_version ?? 'none found'}</Fact>
      <Fact name="Deployment">{deployment_type}</Fact>
      <Fact name="Ends jobs by">{kill_level}</Fact>
      <Fact name="Folder">
        <span className="mono">{cwd}</span>
      </Fact>
      <Fact name="Queues">
        <Words words={worker.queues} link={(queue) => ({ queue })} />
      </Fact>
      <Fact name="Tags">
        <Words words={worker.tags} link={(tag) => ({ tag })} />
      </Fact>
      <Fact name="Capabilities">
        <Words words={worker.capabilities} link={(q) => ({ q })} />
      </Fact>
      <Fact name="Users">{worker.allowed_users.length === 0 ? 'all' : worker.allowed_users.join(', ')}</Fact>
    </dl>
  )
}

function Fact({ name, children }: { readonly name: string; readonly children: ReactNode }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  )
}

/** Words that lead to the workers that have them, too. */
function Words({
  words,
  link,
}: {
  readonly words: readonly string[]
  readonly link: (word: string) => { readonly tag?: string; readonly queue?: string; readonly q?: string }
}) {
  if (words.length === 0) return <span className="dim">none</span>
  return words.map((word) => (
    <Link key={word} to="/workers" search={link(word)} className={classes.word}>
      {word}
    </Link>
  ))
}

function Version({ version }: { readonly version: string }) {
  const server = useWho().version
  if (version === server) return version
  return <Mark tone="warn" label={`${version || 'unknown'}, the server has ${server}`} />
}
