import { afterAll, expect, test } from 'vitest';
import { DataError } from '../../dist/index.js';
import { adopt } from '../setup/watchdog.ts';
import { broken } from './broken-reader.mjs';
import { makeCase } from './cases.mjs';
import { judge } from './judge.mjs';
import { Fuzz, formats } from './run.mjs';

const PATH = '/data/x.npy';
const original = { data: Float64Array.of(1, 2, 3, 4), dimensions: 2 };

/** What is said of a reader that gives these numbers, and then throws. */
async function faultsOf(numbers: readonly number[], error?: unknown): Promise<string[]> {
  async function* read() {
    yield { data: Float64Array.from(numbers), dimensions: 2 };
    if (error) throw error;
  }
  const { faults } = await judge(read, PATH, 'npy', original);
  return faults.map(({ kind }) => kind);
}

const fuzz = new Fuzz({
  reader: new URL('broken-reader.mjs', import.meta.url).href,
  limits: { milliseconds: 2000, bytes: 2 ** 29 },
  onStart: (child) => adopt(child),
});
afterAll(() => fuzz.close());

test('a broken reader: every fault is found, at its case, and the next cases are read', async () => {
  const { rows, faults } = await fuzz.run({ formats: ['h5'], seed: 1, first: 0, end: broken.length + 1 });
  const found = faults.toSorted((a, b) => a.number - b.number).map(({ number, kind, after }) => [number, kind, after]);
  expect(found).toEqual(broken.map(([kind], number) => [number, kind, number]));
  expect(rows.get('h5')).toMatchObject({ cases: broken.length + 1, refused: 2, partly: 0 });
});

test('numbers under a checksum: the original ones, or an error', async () => {
  expect(await faultsOf([1, 2, 3, 4])).toEqual([]);
  for (const wrong of [
    [1, 2, 3],
    [1, 2, 3, 5],
    [1, 2, 3, 4, 5],
  ]) {
    expect(await faultsOf(wrong)).toEqual(['checksum']);
    expect(await faultsOf(wrong, new DataError('damaged', 'x.npy is damaged: its checksum is another'))).toEqual([]);
  }
  expect(await faultsOf([1, 2, Number.NaN, 4])).toEqual(['numbers', 'checksum']);
});

test.each([
  `${PATH}: received "\u001b[2J", expected numbers`,
  `${PATH}: received "\u009b2J", expected numbers`,
  `${PATH}: one\ntwo\nthree`,
  `${PATH}: ${'long '.repeat(1000)}`,
  `${PATH}: Invalid typed array length: -1`,
  `${PATH}: x\n    at read (file.js:1:1)`,
])('the message %j is a fault', async (message) => {
  expect(await faultsOf([], Object.assign(new DataError('damaged', ''), { message }))).toEqual(['message']);
});

test('a message of two lines is none', async () => {
  expect(
    await faultsOf(
      [],
      new DataError('truncated', `${PATH} is cut short: expected 40 bytes, received 4\nwrite it again`),
    ),
  ).toEqual([]);
});

const nobody = async () => original;

test.for(formats)('%s: cases can be made, whatever chance says', async (format) => {
  for (let number = 0; number < 1000; number++) await makeCase(format, 2, 100 + number, nobody);
});

test('a case is the same every time', async () => {
  for (const number of [100, 101, 102]) {
    const [one, other] = [await makeCase('csv', 7, number, nobody), await makeCase('csv', 7, number, nobody)];
    expect([...one.files]).toEqual([...other.files]);
    expect(one.how).not.toBe('as it is');
  }
});

test('a reader that goes on, whatever the signal says, is ended', async () => {
  async function* read() {
    for (;;) {
      yield { data: Float64Array.of(1), dimensions: 1 };
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
  expect(await judge(read, PATH, 'npy')).toMatchObject({ outcome: 'partly', faults: [{ kind: 'signal' }] });
});
