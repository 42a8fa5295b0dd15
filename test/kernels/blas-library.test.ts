import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { findBlas } from '../../src/kernels/blas-library.ts';
import { checkComputing } from '../../src/kernels/index.ts';

const directory = mkdtempSync(join(tmpdir(), 'megamix-blas-'));
afterAll(() => rmSync(directory, { recursive: true }));
const main = join(import.meta.dirname, '..', '..', 'dist', 'cli', 'main.js');
const data = join(import.meta.dirname, '..', 'golden', 'blobs2d-train.npy');
const fit = [
  'fit',
  data,
  '--model',
  'gmm',
  '--components',
  '2',
  '--iterations',
  '1',
  '--json',
  '-o',
  join(directory, 'm.h5'),
];

const run = (args: string[], library?: string) =>
  spawnSync(process.execPath, [main, ...args], {
    encoding: 'utf8',
    timeout: 40_000,
    killSignal: 'SIGKILL',
    env: { ...process.env, ...(library === undefined ? {} : { MEGAMIX_BLAS: library }) },
  });

test.skipIf(!findBlas().blas)('a library that is there is found, used and told of', () => {
  expect(checkComputing({}).kernel).toBe('blas');
  const { stdout, stderr, status } = run(fit);
  expect([stderr, status]).toEqual(['', 0]);
  expect(JSON.parse(stdout).kernel).toBe('blas');
});

test('a library that cannot be loaded, or is none, is a warning, and WebAssembly computes', () => {
  const broken = join(directory, 'broken.so');
  writeFileSync(broken, 'no library');
  for (const library of [broken, join(directory, 'missing.so'), 'libc.so.6']) {
    const { stdout, stderr, status } = run(fit, library);
    expect(status).toBe(0);
    expect(stderr).toContain(`${library}`);
    expect(stderr).toContain('computing without it');
    expect(JSON.parse(stdout).kernel).toBe('wasm');
  }
});

test('to ask for BLAS where there is none is an error that says what to do', () => {
  const { stderr, status } = run([...fit, '--kernel', 'blas'], join(directory, 'missing.so'));
  expect(status).toBe(2);
  expect(stderr).toContain('blas was asked for, but');
  expect(stderr).toContain('libopenblas0');
});

test('threads, kernel and precision out of range', () => {
  for (const threads of [0, -1, 1.5, Number.NaN, 1e6])
    expect(() => checkComputing({ threads })).toThrow('threads: received');
  expect(() => checkComputing({ kernel: 'gpu' as never })).toThrow(
    'kernel: received "gpu", expected auto, blas, wasm, js',
  );
  expect(() => checkComputing({ precision: 'f16' as never })).toThrow('precision: received "f16", expected f64, f32');
  expect(() => checkComputing({ kernel: 'js', precision: 'f32' })).toThrow('the kernel js computes in f64 only');
});
