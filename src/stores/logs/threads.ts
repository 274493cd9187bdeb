import { Worker } from 'node:worker_threads'
import { HydraError, invalid } from '../../model/errors.ts'
import type { LogQuery, StreamName } from '../../model/log.ts'
import {
  type LogLines,
  type LogName,
  type LogReads,
  readsAtOnce,
  type SearchedRuns,
  type SearchSlice,
  type SearchState,
  type SliceBudget,
} from '../../ports/log-store.ts'
import type { Answer, Question } from './messages.ts'

export interface ThreadTimes {
  /** A thread that nobody asked for so long is ended: it holds some 15 MB. ms */
  readonly idle: number
  /** One that answers nothing for so long is ended, whatever it is at. A question takes tens of ms. ms */
  readonly patience: number
}

const usualTimes: ThreadTimes = { idle: 60_000, patience: 15_000 }

/** A question under way or waiting. */
interface Asked {
  readonly question: Question
  readonly answered: (answer: Answer) => void
  readonly failed: (error: unknown) => void
}

/**
 * Reads logs in threads, so that neither the reading nor the matching holds the event loop that serves. A thread has one
 * question at a time; they are started when they are needed, and end when they are not.
 */
export class ReadThreads implements LogReads {
  readonly #file: URL
  readonly #data: unknown
  readonly #times: ThreadTimes
  readonly #threads = new Set<ReadThread>()
  readonly #waiting: Asked[] = []
  #isClosed = false

  /** @param file the module that serves in the thread  @param data what it is told to read */
  constructor(file: URL, data: unknown, times: ThreadTimes = usualTimes) {
    this.#file = file
    this.#data = data
    this.#times = times
  }

  async lines(log: LogName, from: number, count: number): Promise<LogLines> {
    const answer = await this.#ask({ kind: 'lines', log, from, count })
    return answer.kind === 'lines' ? answer.lines : mistaken()
  }

  async search(log: LogName, query: LogQuery, from: number | SearchState, most: SliceBudget): Promise<SearchSlice> {
    const answer = await this.#ask({ kind: 'search', log, query, from, most })
    return answer.kind === 'search' ? answer.slice : mistaken()
  }

  async searchNext(
    runs: readonly string[],
    below: number | null,
    query: LogQuery,
    most: SliceBudget,
  ): Promise<SearchedRuns> {
    const answer = await this.#ask({ kind: 'searchNext', runs, below, query, most })
    return answer.kind === 'searchNext' ? answer.searched : mistaken()
  }

  async bytes(log: LogName, stream: StreamName | null, from: number, to: number): Promise<Uint8Array> {
    const answer = await this.#ask({ kind: 'bytes', log, stream, from, to })
    return answer.kind === 'bytes' ? answer.bytes : mistaken()
  }

  async close(): Promise<void> {
    this.#isClosed = true
    for (const { failed } of this.#waiting.splice(0)) failed(closed())
    await Promise.all([...this.#threads].map((thread) => thread.end(closed())))
  }

  async #ask(question: Question): Promise<Answer> {
    const answer = await new Promise<Answer>((answered, failed) => {
      if (this.#isClosed) return failed(closed())
      this.#waiting.push({ question, answered, failed })
      this.#hand()
    })
    if (answer.kind !== 'failed') return answer
    if (answer.fault !== null) throw invalid([{ path: 'q', message: answer.fault }])
    if (answer.isAway) throw new HydraError('UNAVAILABLE', answer.message, { retryAfter: 2 })
    throw new Error(`a log could not be read: ${answer.message}`)
  }

  /** Gives what waits to threads that are free, or new. */
  #hand(): void {
    while (this.#waiting.length > 0) {
      const thread = [...this.#threads].find(({ isFree }) => isFree) ?? this.#start()
      const next = thread && this.#waiting.shift()
      if (!next) return
      thread.ask(next)
    }
  }

  #start(): ReadThread | null {
    if (this.#threads.size >= readsAtOnce) return null
    const thread = new ReadThread(this.#file, this.#data, this.#times, {
      freed: () => this.#hand(),
      gone: () => {
        this.#threads.delete(thread)
        this.#hand()
      },
    })
    this.#threads.add(thread)
    return thread
  }
}

const closed = (): Error => new Error('The store is closed.')

function mistaken(): never {
  throw new Error('a thread answered another question')
}

/** One thread, and what it is at. */
class ReadThread {
  readonly #worker: Worker
  readonly #times: ThreadTimes
  readonly #told: { readonly freed: () => void; readonly gone: () => void }
  #asked: Asked | null = null
  #timer: NodeJS.Timeout | null = null
  #isEnding = false

  constructor(
    file: URL,
    workerData: unknown,
    times: ThreadTimes,
    told: { readonly freed: () => void; readonly gone: () => void },
  ) {
    this.#times = times
    this.#told = told
    // Nothing of the environment is of use to it. Its memory has a bound of its own: at worst the thread ends.
    this.#worker = new Worker(file, {
      workerData,
      env: {},
      execArgv: [],
      resourceLimits: { maxOldGenerationSizeMb: 256 },
    })
    this.#worker.unref()
    this.#worker.on('message', (answer: Answer) => this.#take(answer))
    this.#worker.on('error', (error) => void this.end(new Error(`a thread that reads logs ended: ${error.message}`)))
    this.#worker.on('exit', () => void this.end(new Error('a thread that reads logs ended')))
  }

  get isFree(): boolean {
    return this.#asked === null && !this.#isEnding
  }

  ask(asked: Asked): void {
    this.#asked = asked
    this.#arm(this.#times.patience, () =>
      this.end(new HydraError('UNAVAILABLE', 'The log could not be read in time; try again.')),
    )
    this.#worker.ref()
    this.#worker.postMessage(asked.question)
  }

  async end(why: Error): Promise<void> {
    if (this.#isEnding) return
    this.#isEnding = true
    if (this.#timer !== null) clearTimeout(this.#timer)
    this.#asked?.failed(why)
    this.#asked = null
    await this.#worker.terminate()
    this.#told.gone()
  }

  #take(answer: Answer): void {
    const asked = this.#asked
    this.#asked = null
    this.#worker.unref()
    this.#arm(this.#times.idle, () => this.end(closed()))
    asked?.answered(answer)
    this.#told.freed()
  }

  #arm(ms: number, act: () => void): void {
    if (this.#timer !== null) clearTimeout(this.#timer)
    this.#timer = setTimeout(act, ms)
    this.#timer.unref()
  }
}
