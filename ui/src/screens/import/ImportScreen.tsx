import { Button, Checkbox, FileButton, Textarea, TextInput } from '@mantine/core'
import { useDebouncedValue } from '@mantine/hooks'
import { useMemo, useState } from 'react'
import { useMayWrite } from '../../api/hydra.tsx'
import { ownZone } from '../../parts/format.ts'
import { Screen } from '../../parts/Screen.tsx'
import { Empty } from '../../parts/States.tsx'
import { ImportList } from './ImportList.tsx'
import classes from './ImportScreen.module.css'
import { readImport } from './read-import.ts'

/** Jobs from elsewhere: definitions in JSON or YAML, or a crontab; looked at before anything is stored. */
export function ImportScreen() {
  const [text, setText] = useState('')
  const [zone, setZone] = useState(ownZone)
  const [hasUser, setHasUser] = useState(false)
  const [read] = useDebouncedValue(text, 150)
  const found = useMemo(() => readImport(read, { zone, hasUser }), [read, zone, hasUser])
  if (!useMayWrite())
    return (
      <Screen title="Import">
        <Empty title="This token may read only">Importing makes jobs: sign in with a token that may.</Empty>
      </Screen>
    )
  return (
    <Screen
      title="Import jobs"
      actions={
        <FileButton accept=".json,.yaml,.yml,.txt,.cron,text/*" onChange={(file) => void file?.text().then(setText)}>
          {(props) => (
            <Button size="xs" variant="default" {...props}>
              Open a file
            </Button>
          )}
        </FileButton>
      }
    >
      <div className={classes.sides}>
        <div>
          <Textarea
            label="Definitions or a crontab"
            description="JSON or YAML: one job, a list, or several documents. Or what crontab -l prints."
            autosize
            minRows={12}
            maxRows={30}
            spellCheck={false}
            classNames={{ input: classes.text }}
            value={text}
            onChange={({ currentTarget }) => setText(currentTarget.value)}
          />
          {found.kind === 'crontab' && (
            <div className={classes.options}>
              <TextInput
                label="Time zone of its times"
                description="cron goes by its machine's; CRON_TZ in the text wins"
                value={zone}
                onChange={({ currentTarget }) => setZone(currentTarget.value)}
              />
              <Checkbox
                label="A user stands before each command, as in /etc/crontab"
                checked={hasUser}
                onChange={({ currentTarget }) => setHasUser(currentTarget.checked)}
              />
            </div>
          )}
        </div>
        <section aria-label="What was found">
          {found.kind === 'nothing' ? (
            <Empty title="Nothing to import yet">
              Paste a text or open a file. What is found stands here, checked by the server, before anything is stored.
            </Empty>
          ) : (
            <ImportList key={JSON.stringify(found.jobs)} found={found} />
          )}
        </section>
      </div>
    </Screen>
  )
}
