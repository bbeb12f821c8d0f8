import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

/** Vitest's own default leaves one core out, which is half of two. */
const WORKERS = Math.max(2, availableParallelism() - 1);

/** Attacks and storms on the built service: one file at a time, so that nothing else starves it. */
const ALONE = ['test/attacks/*.test.ts', 'test/chaos/*.test.ts', 'test/soak/*.test.ts'];
/** The built service as a process. They mostly wait. */
const PROCESSES = ['test/process/*.test.ts', 'test/*/process.test.ts'];

export default defineConfig({
  resolve: { tsconfigPaths: true },
  test: {
    globalSetup: ['redis-server', 'promtool', 'chromium', 'nginx', 'slowhttptest', 'built-once'].map(
      (name) => `test/support/${name}.ts`,
    ),
    // How long a machine may take that does other things as well. Only a test that fails waits for these.
    testTimeout: 60_000,
    hookTimeout: 60_000,
    expect: { poll: { timeout: 15_000 } },
    projects: [
      {
        extends: true,
        test: {
          name: 'together',
          include: ['test/**/*.test.ts'],
          exclude: ['test/browser/**', ...ALONE, ...PROCESSES],
          maxWorkers: WORKERS,
          sequence: { groupOrder: 0 },
        },
      },
      {
        extends: true,
        test: {
          name: 'alone',
          include: ALONE,
          maxWorkers: 1,
          sequence: { groupOrder: 1 },
        },
      },
      {
        extends: true,
        test: {
          name: 'processes',
          include: PROCESSES,
          maxWorkers: WORKERS,
          sequence: { groupOrder: 2 },
        },
      },
      {
        extends: true,
        test: {
          name: 'browser',
          include: ['test/browser/**/*.test.ts'],
          maxWorkers: 2,
          sequence: { groupOrder: 3 },
        },
      },
    ],
  },
});
