import { defineConfig } from 'vitest/config'

const everywhere = ['packages', 'services', 'infra', 'test']
const outside = ['**/node_modules/**', '.data/**']

/**
 * unit: pure, no servers. integration: real Postgres and Redis (SLUICE_TEST_DATABASE_URL, SLUICE_TEST_REDIS_URL;
 * `node infra/local/with-servers.ts -- ...` brings them). e2e: real processes, one file after another. faults: the same, two
 * at a time.
 */
export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          include: everywhere.map((folder) => `${folder}/**/*.test.ts`),
          exclude: [...outside, '**/*.int.test.ts', 'test/e2e/**', 'test/faults/**', 'test/load/**'],
          // Pure: nothing that one file could leave behind for the next. A process for each cost two thirds of the time.
          isolate: false,
          maxWorkers: 2,
          // Property tests take their time on a busy machine.
          testTimeout: 30_000,
          sequence: { groupOrder: 0 },
        },
      },
      {
        test: {
          name: 'integration',
          include: everywhere.map((folder) => `${folder}/**/*.int.test.ts`),
          exclude: outside,
          maxWorkers: 2,
          testTimeout: 20_000,
          hookTimeout: 30_000,
          sequence: { groupOrder: 1 },
        },
      },
      {
        test: {
          name: 'e2e',
          include: ['test/e2e/**/*.e2e.test.ts'],
          exclude: [...outside, '**/*.int.test.ts'],
          fileParallelism: false,
          testTimeout: 120_000,
          hookTimeout: 120_000,
          sequence: { groupOrder: 2 },
        },
      },
      {
        test: {
          name: 'faults',
          include: ['test/faults/**/*.test.ts'],
          exclude: [...outside, '**/*.int.test.ts'],
          // They mostly wait for leases and locks to run out.
          maxWorkers: 2,
          maxConcurrency: 20,
          testTimeout: 120_000,
          hookTimeout: 180_000,
          sequence: { groupOrder: 3 },
        },
      },
    ],
  },
})
