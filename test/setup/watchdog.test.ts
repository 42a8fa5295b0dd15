import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';

const root = join(import.meta.dirname, '..', '..');
const config = join(import.meta.dirname, 'fixtures', 'vitest.config.ts');

test('test files that compute or wait for ever fail, by name; those beside them run; nothing is left running', async () => {
  const vitest = join(root, 'node_modules', 'vitest', 'vitest.mjs');
  const { status, stdout, stderr } = spawnSync(process.execPath, [vitest, 'run', '--config', config], {
    encoding: 'utf8',
    env: { ...process.env, NO_COLOR: '1', FORCE_COLOR: undefined, MEGAMIX_TEST_LIMIT: '4000' },
    timeout: 40_000,
    killSignal: 'SIGKILL',
  });
  expect(status).toBe(1);
  expect(stderr).toMatch(/loops\.fixture\.ts > one that computes for ever: no end after 4 s/);
  expect(stderr).toMatch(/waits\.fixture\.ts \(before its tests\): no end after 4 s/);
  expect(stdout).toContain('✓ ends.fixture.ts');
  const child = Number(/child (\d+)/.exec(stderr)![1]);
  await vi.waitFor(() => expect(() => process.kill(child, 0)).toThrow('ESRCH'), 20_000); // until the system has taken it away
});
