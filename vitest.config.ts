import { randomInt } from 'node:crypto';
import { defineConfig } from 'vitest/config';

const LIMIT = 45_000;
/** A long run: property tests with a random seed, and so many times as many runs (`npm run test:long`). */
const LONG_RUNS = 100;

// Test processes inherit these.
export default defineConfig(({ mode }) => {
  const isLong = mode === 'long';
  if (isLong) {
    process.env.MEGAMIX_TEST_RUNS ??= String(LONG_RUNS);
    process.env.MEGAMIX_TEST_SEED ??= String(randomInt(2 ** 31));
    console.error(
      `Property tests run ${process.env.MEGAMIX_TEST_RUNS} times as often, seed ${process.env.MEGAMIX_TEST_SEED}.`,
    );
  }
  const limit = LIMIT * (isLong ? LONG_RUNS : 1);
  process.env.MEGAMIX_TEST_LIMIT ??= String((4 * limit) / 3);
  const shared = {
    pool: 'forks' as const,
    maxWorkers: '100%',
    testTimeout: limit,
    hookTimeout: limit,
    globalSetup: 'test/setup/build.ts',
    setupFiles: 'test/setup/watchdog.ts',
    server: { deps: { external: [/\/dist\//] } }, // what was built is run as it is
  };
  return {
    test: {
      projects: [
        {
          test: {
            ...shared,
            name: 'tests',
            include: ['test/**/*.test.ts'],
            exclude: ['test/peers/**'],
          },
        },
        {
          test: {
            ...shared,
            name: 'peers',
            include: ['test/peers/**/*.test.ts'],
            globalSetup: ['test/setup/build.ts', 'test/setup/python.ts'],
          },
        },
      ],
    },
  };
});
