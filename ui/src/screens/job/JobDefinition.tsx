import { SegmentedControl } from '@mantine/core'
import { useState } from 'react'
import type { JobDocument } from '../../../../src/client/index.ts'
import { definitionOf } from '../../definition/definition.ts'
import { yamlOf } from '../../definition/yaml.ts'
import { CopyButton } from '../../parts/CopyButton.tsx'
import classes from './JobScreen.module.css'

/** The whole definition, as it stands in a file. */
export function JobDefinition({ job }: { readonly job: JobDocument }) {
  const [form, setForm] = useState('YAML')
  const definition = definitionOf(job)
  const text = form === 'YAML' ? yamlOf(definition) : JSON.stringify(definition, null, 2)
  return (
    <>
      <div className={classes.tools}>
        <SegmentedControl size="xs" aria-label="Format" data={['YAML', 'JSON']} value={form} onChange={setForm} />
        <CopyButton value={text} what="the definition" />
      </div>
      <pre className={classes.definition}>
        <code>{text}</code>
      </pre>
    </>
  )
}
