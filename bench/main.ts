import { cpus } from 'node:os'
import { fleet } from './fleet.ts'
import { flood } from './flood.ts'
import { housekeeping } from './housekeeping.ts'
import { logs } from './logs.ts'
import { orchestration, processes } from './pace.ts'
import { page } from './page.ts'
import { redis } from './redis.ts'
import { scale } from './scale.ts'
import { soak } from './soak.ts'
import { ticks } from './ticks.ts'

/** `npm run bench -- [WHAT]`; see docs/benchmarks.md. */

const [what = 'pace', first, second, third] = process.argv.slice(2)
const benches: Readonly<Record<string, () => Promise<void>>> = {
  async pace() {
    await orchestration()
    await processes()
  },
  scale: () =>
    scale({
      ...{ jobs: 100_000, runs: 1_000_000, count: Number(second ?? 100) },
      ...(first && { folder: first }),
      ...(third && { only: third }),
    }),
  page: () =>
    page({
      ...{ jobs: 10_000, runs: Number(process.env.HYDRA_BENCH_RUNS ?? 1_000_000), tries: Number(third ?? 20) },
      ...(first && { folder: first }),
      ...(second && { only: second }),
    }),
  logs,
  redis: () => redis(Number(first ?? 100_000)),
  housekeeping: () => housekeeping(Number(first ?? 400_000)),
  flood: () => flood(first),
  fleet: () => fleet(Number(first ?? 200)),
  soak: () => soak(Number(first ?? 100_000)),
  ticks: () => ticks(Number(first ?? 10_000)),
}
const bench = benches[what]
if (bench === undefined) {
  console.error(`There is no benchmark ${what}: choose one of ${Object.keys(benches).join(', ')}.`)
  process.exit(2)
}
console.log(`Node ${process.version}, ${process.platform}, ${cpus().length} CPUs`)
await bench()
