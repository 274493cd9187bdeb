import { spawn } from 'node:child_process'
import { chownSync, existsSync, mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, onTestFinished, test } from 'vitest'
import { killOwner } from '../../src/supervisor/client.ts'
import { aShell, isGone, Rig } from './rig.ts'

const nobody = 65534
const entry = fileURLToPath(new URL('../../src/supervisor/main.ts', import.meta.url))

/** Only root can become someone else; whoever else runs the tests is unprivileged in all of them. */
test.runIf(process.getuid?.() === 0)(
  'without privileges it sees and ends whole trees, and its jobs cannot look into it',
  async () => {
    const folder = mkdtempSync(join(tmpdir(), 'hydra-nobody-'))
    chownSync(folder, nobody, nobody)
    const user = ['--reuid', String(nobody), '--regid', String(nobody), '--clear-groups']
    spawn('/usr/bin/env', ['setpriv', ...user, process.execPath, '--no-warnings', entry, '--folder', folder], {
      cwd: '/',
      stdio: 'inherit',
    })
    const rig = new Rig(folder)
    onTestFinished(() => {
      killOwner(folder)
      rig.close()
    })
    await rig.until('it is up', () => listens(folder) || undefined)
    await rig.connect()
    expect(rig.agent.welcome).toMatchObject({ kill_level: 'subreaper', spawner: 'posix_spawn' })
    const end = await rig.run(
      aShell(
        'id -u; cat /proc/$PPID/environ; echo $?; ls /proc/$PPID/fd; (setsid bash -c "echo up > up; exec sleep 600" &); until [ -s up ]; do sleep 0.01; done; pgrep -n sleep -u nobody',
      ),
    )
    const [uid, refused, orphan] = end.stdout.split('\n')
    expect([uid, refused]).toEqual([String(nobody), '1'])
    expect(end.stderr.match(/Permission denied/g)).toHaveLength(2)
    expect(isGone(Number(orphan))).toBe(true)
  },
)

const listens = (folder: string): boolean => existsSync(join(folder, 's.sock'))
