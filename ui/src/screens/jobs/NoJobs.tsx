import { Empty } from '../../parts/States.tsx'

/** What a job is, and how to make the first one. */
export function NoJobs() {
  return (
    <Empty title="No jobs yet">
      <p>
        A job is what to run, when, and what counts as success. This line, in the folder where the server was started,
        makes the first one and follows its run:
      </p>
      <pre>
        <code>{`echo '{"name": "hello", "executor": {"type": "shell", "script": "echo hello"}}' | npx hydra submit - --wait`}</code>
      </pre>
    </Empty>
  )
}
