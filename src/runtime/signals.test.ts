import { EventEmitter } from 'node:events'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { ended, sourceUrl, startNode, written } from './child.fixture.ts'
import { type SignalOptions, type SignalSource, watchSignals } from './signals.ts'

class OwnProcess extends EventEmitter implements SignalSource {
  ppid = 100
  platform: NodeJS.Platform = 'linux'
  living = new Set([100])

  kill(pid: number): void {
    if (!this.living.has(pid)) throw Object.assign(new Error('gone'), { code: 'ESRCH' })
  }
}

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

function watched(options: Partial<SignalOptions> = {}) {
  const own = new OwnProcess()
  const heard: string[] = []
  const unwatch = watchSignals({
    onStop: (reason) => heard.push(`stop ${reason}`),
    onStopNow: (signal) => heard.push(`now ${signal}`),
    startedByNpm: false,
    process: own,
    now: () => Date.now(),
    readProc: () => {
      throw new Error('no /proc')
    },
    ...options,
  })
  return { own, heard, unwatch }
}

describe('signals', () => {
  test.each(['SIGINT', 'SIGTERM', 'SIGHUP'])('%s asks for a stop, once', (signal) => {
    const { own, heard } = watched()
    own.emit(signal)
    expect(heard).toEqual([`stop ${signal}`])
  })

  test('a second signal within a second is the same wish (npm doubles Ctrl-C)', () => {
    const { own, heard } = watched()
    own.emit('SIGINT')
    own.emit('SIGINT')
    vi.advanceTimersByTime(1000)
    own.emit('SIGINT')
    expect(heard).toEqual(['stop SIGINT'])
  })

  test('a signal after more than a second is impatience, and told once', () => {
    const { own, heard } = watched()
    own.emit('SIGINT')
    vi.advanceTimersByTime(1001)
    own.emit('SIGTERM')
    own.emit('SIGTERM')
    expect(heard).toEqual(['stop SIGINT', 'now SIGTERM'])
  })

  test('what is taken off hears nothing more', () => {
    const { own, heard, unwatch } = watched({ startedByNpm: true })
    unwatch()
    own.emit('SIGINT')
    own.ppid = 1
    vi.advanceTimersByTime(5000)
    expect(heard).toEqual([])
    expect(own.listenerCount('SIGINT')).toBe(0)
  })
})

describe('the parent', () => {
  test('its end asks for a stop where npm started the process', () => {
    const { own, heard } = watched({ startedByNpm: true })
    vi.advanceTimersByTime(5000)
    expect(heard).toEqual([])
    own.ppid = 1
    vi.advanceTimersByTime(5000)
    expect(heard).toEqual(['stop parent gone'])
  })

  test('its end is nothing to a process that npm did not start', () => {
    const { own, heard } = watched()
    own.ppid = 1
    vi.advanceTimersByTime(5000)
    expect(heard).toEqual([])
  })

  test('its end after a signal is no second wish', () => {
    const { own, heard } = watched({ startedByNpm: true })
    own.emit('SIGINT')
    own.ppid = 1
    vi.advanceTimersByTime(5000)
    expect(heard).toEqual(['stop SIGINT'])
  })

  test('on Windows, where an orphan keeps the pid of its parent, that pid is looked at', () => {
    const { own, heard } = watched({ startedByNpm: true })
    own.platform = 'win32'
    vi.advanceTimersByTime(2000)
    expect(heard).toEqual([])
    own.living.clear()
    vi.advanceTimersByTime(1000)
    expect(heard).toEqual(['stop parent gone'])
  })

  test('where a shell stands between npm and us, npm is looked at', () => {
    const proc = new Map([
      ['/proc/100/comm', 'sh\n'],
      ['/proc/100/stat', '100 (sh) S 50 100 100 0'],
    ])
    const readProc = (path: string): string => {
      const text = proc.get(path)
      if (text === undefined) throw new Error('ENOENT')
      return text
    }
    const { heard } = watched({ startedByNpm: true, readProc })
    vi.advanceTimersByTime(3000)
    expect(heard).toEqual([])
    proc.set('/proc/100/stat', '100 (sh) S 1 100 100 0')
    vi.advanceTimersByTime(1000)
    expect(heard).toEqual(['stop parent gone'])
  })

  test('where npm itself is the parent, its own parent is no matter', () => {
    const proc = new Map([
      ['/proc/100/comm', 'npm start\n'],
      ['/proc/100/stat', '100 (npm start) S 50 100 100 0'],
    ])
    const { heard } = watched({ startedByNpm: true, readProc: (path) => proc.get(path) ?? '' })
    proc.set('/proc/100/stat', '100 (npm start) S 1 100 100 0')
    vi.advanceTimersByTime(3000)
    expect(heard).toEqual([])
  })
})

const server = `
  import { watchSignals } from '${sourceUrl('signals.ts')}'
  watchSignals({
    onStop: (reason) => { console.log('stopping: ' + reason); process.exit(reason === 'SIGTERM' ? 3 : 4) },
    onStopNow: () => {},
    startedByNpm: true,
  })
  setInterval(() => {}, 1000)
  console.log('ready ' + process.pid)
`

describe.skipIf(process.platform === 'win32')('a real process', () => {
  test('hears SIGTERM', async () => {
    vi.useRealTimers()
    const child = startNode(server)
    await written(child, 'ready')
    child.kill('SIGTERM')
    expect(await ended(child)).toBe(3)
  })

  test('notices that its parent was killed', async () => {
    vi.useRealTimers()
    // The grandchild writes to the output that the test reads, after its parent is gone.
    const child = startNode(`
      import { spawn } from 'node:child_process'
      spawn(process.execPath, ['--disable-warning=ExperimentalWarning', '--input-type=module', '-e', ${JSON.stringify(server)}], { stdio: 'inherit' })
      setInterval(() => {}, 1000)
    `)
    const output = new Promise<string>((resolve) => {
      let text = ''
      child.stdout?.setEncoding('utf8').on('data', (more) => {
        text += more
        if (text.includes('ready') && !child.killed) child.kill('SIGKILL')
      })
      child.stdout?.on('end', () => resolve(text))
    })
    expect(await output).toContain('stopping: parent gone')
  })
})
