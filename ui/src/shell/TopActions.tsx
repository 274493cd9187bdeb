import { ActionIcon, Menu } from '@mantine/core'
import { IconDots, IconSearch } from '@tabler/icons-react'
import { useWho } from '../api/hydra.tsx'
import { signOut } from '../session/session.ts'
import { changeSettings, useSettings } from '../settings/settings.ts'
import classes from './Shell.module.css'

const themes = { system: 'As the system', light: 'Light', dark: 'Dark' } as const
const zones = { mine: 'My time zone', utc: 'UTC', job: 'The time zone of each job' } as const

/** Search, and what a person sets for this browser. */
export function TopActions({ onPalette, onKeys }: { readonly onPalette: () => void; readonly onKeys: () => void }) {
  const { theme, zone, keys } = useSettings()
  const { name, role, version } = useWho()
  return (
    <>
      <button type="button" className={classes.search} onClick={onPalette}>
        <IconSearch size={16} aria-hidden />
        <span>Search</span>
        <kbd>Ctrl K</kbd>
      </button>
      <Menu position="bottom-end" width={230} shadow="md">
        <Menu.Target>
          <ActionIcon aria-label="Settings" size="lg">
            <IconDots size={18} aria-hidden />
          </ActionIcon>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Label>
            Signed in as {name} ({role}), hydra-jobs {version}
          </Menu.Label>
          <Choices title="Theme" of={themes} chosen={theme} choose={(one) => changeSettings({ theme: one })} />
          <Choices title="Times" of={zones} chosen={zone} choose={(one) => changeSettings({ zone: one })} />
          <Menu.Label>Keyboard</Menu.Label>
          <Menu.Item onClick={onKeys} rightSection={<kbd>?</kbd>}>
            Show the keys
          </Menu.Item>
          <Menu.Item onClick={() => changeSettings({ keys: !keys })}>
            {keys ? 'Turn single keys off' : 'Turn single keys on'}
          </Menu.Item>
          <Menu.Divider />
          <Menu.Item component="a" href="/docs" target="_blank" rel="noreferrer">
            API documentation
          </Menu.Item>
          <Menu.Item onClick={() => signOut()}>Sign out</Menu.Item>
        </Menu.Dropdown>
      </Menu>
    </>
  )
}

function Choices<T extends string>({
  title,
  of,
  chosen,
  choose,
}: {
  readonly title: string
  readonly of: Readonly<Record<T, string>>
  readonly chosen: T
  readonly choose: (one: T) => void
}) {
  const all: T[] = []
  for (const one in of) all.push(one)
  return (
    <>
      <Menu.Label>{title}</Menu.Label>
      {all.map((one) => (
        <Menu.Item
          key={one}
          onClick={() => choose(one)}
          aria-current={one === chosen}
          rightSection={one === chosen && '✓'}
        >
          {of[one]}
        </Menu.Item>
      ))}
    </>
  )
}
