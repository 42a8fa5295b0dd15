import { readdirSync, rmSync, writeFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { afterEach, expect, test, vi } from 'vitest';
import type { SourceOptions } from '../../src/sources/data.ts';
import { openData, type Source } from '../../src/sources/source.ts';
import { temporaryDirectory } from '../helpers/files.ts';
import { tones, wavBytes } from '../helpers/wav.ts';

const path = temporaryDirectory();
const COLUMNS = 9;
const ROWS = 30_000;

/** Text of rows; of two columns beside them one is a weight, one a time. */
function csv(rows: number, first = 0): string {
  const numbers = (n: number): number[] =>
    Array.from({ length: COLUMNS }, (_, j) => Math.sin(n * 31 + j) * 10 ** (j - 4));
  const lines = Array.from({ length: rows }, (_, n) => {
    const name = `u${Math.floor((n + first) ** 0.7)}`;
    return [...numbers(n + first), 1 + (n % 3), n / 100, name].join(',');
  });
  return `${[...Array.from({ length: COLUMNS }, (_, j) => `c${j}`), 'w', 't', 'name'].join(',')}\n${lines.join('\n')}\n`;
}

writeFileSync(path('a.csv'), csv(ROWS));
writeFileSync(path('b.csv.gz'), gzipSync(csv(500, 7)));
for (let n = 0; n < 12; n++) writeFileSync(path(`s${n}.wav`), wavBytes(tones(900 + 777 * n)));
const sounds = Array.from({ length: 12 }, (_, n) => path(`s${n}.wav`));
writeFileSync(path('wav.scp'), sounds.map((file, n) => `n${n} ${file}\n`).join(''));

const beside = { weightColumn: 'w', timeColumn: 't', utteranceColumn: 'name' } as const;
const numbers = { columns: ['c0', 'c1', 'c2'] } as const;
const inputs: Record<string, readonly [readonly string[], SourceOptions]> = {
  text: [[path('a.csv'), path('b.csv.gz')], numbers],
  'text with weights, times and names': [[path('a.csv'), path('b.csv.gz')], { ...numbers, ...beside }],
  sound: [sounds, { frontEnd: { normalisation: 'mean' } }],
  'a list of sound': [[path('wav.scp')], {}],
  'shaped sound': [sounds, { frontEnd: { splice: [1, 1], vad: 'energy' } }],
};

/** All that chunks hold, as they come. */
async function read(source: Source): Promise<unknown[]> {
  const all: unknown[] = [];
  for await (const { data, weights, times, part } of source.arriving())
    all.push(part, Array.from(data), weights && Array.from(weights), times && Array.from(times));
  return joined(all);
}

/** Rows of one part that come in turn, as one. */
function joined(all: unknown[]): unknown[] {
  const parts: unknown[][] = [];
  for (let at = 0; at < all.length; at += 4) {
    const last = parts.at(-1);
    const part = JSON.stringify(all[at]);
    const values = all.slice(at + 1, at + 4) as (number[] | undefined)[];
    if (last?.[0] !== part) parts.push([part, ...values.map((each) => each && [...each])]);
    else for (const [i, each] of values.entries()) if (each) (last[i + 1] as number[]).push(...each);
  }
  return parts;
}

const opened: Source[] = [];
async function open(input: string, options: SourceOptions = {}): Promise<Source> {
  const [files, own] = inputs[input]!;
  const source = await openData([...files], { ...own, ...options });
  opened.push(source);
  return source;
}

afterEach(async () => {
  vi.unstubAllEnvs();
  for (const source of opened.splice(0)) await source.close();
});

test.each(Object.keys(inputs))('%s: later passes give what the first gave', async (input) => {
  const wanted = await read(await open(input, { cacheBytes: 0 }));
  const source = await open(input);
  for (let pass = 0; pass < 3; pass++) expect(await read(source)).toEqual(wanted);
});

test('later passes do not decode', async () => {
  writeFileSync(path('gone.csv'), csv(2000));
  const source = await openData(path('gone.csv'), numbers);
  const wanted = await read(source);
  rmSync(path('gone.csv'));
  expect(await read(source)).toEqual(wanted);
  await source.close();
  await expect(read(source)).rejects.toThrow(/gone\.csv/);
});

test('a reading that is left keeps nothing, and one beside it reads all', async () => {
  const wanted = await read(await open('text', { cacheBytes: 0 }));
  const source = await open('text');
  for await (const _ of source.arriving()) break;
  const [one, other] = await Promise.all([read(source), read(source)]);
  expect(one).toEqual(wanted);
  expect(other).toEqual(wanted);
  expect(await Promise.all([read(source), read(source)])).toEqual([wanted, wanted]);
});

test.each([1000, 400_000, 1_000_000])(
  'with room for %d bytes, parts that do not fit are decoded',
  async (cacheBytes) => {
    for (const input of ['text', 'sound']) {
      const wanted = await read(await open(input, { cacheBytes: 0 }));
      const source = await open(input, { cacheBytes });
      for (let pass = 0; pass < 3; pass++) expect(await read(source)).toEqual(wanted);
    }
  },
);

test('a pass goes on from any row, in kept rows and in those that are not', async () => {
  for (const input of ['text with weights, times and names', 'a list of sound']) {
    const source = await open(input);
    const places = [];
    const wanted: number[] = [];
    for await (const { chunk, place } of source.placed()) {
      if (place) places.push([place, wanted.length] as const);
      wanted.push(...chunk.data);
    }
    const fresh = await open(input);
    for (const [place, before] of [places[0]!, places[places.length >> 1]!, places.at(-1)!]) {
      for (const from of [source, fresh]) {
        const rest: number[] = [];
        for await (const { chunk } of from.placed(place)) rest.push(...chunk.data);
        expect(rest).toEqual(wanted.slice(before));
      }
    }
  }
});

test('without room for temporary files there is a warning, and every pass decodes', async () => {
  const warnings: string[] = [];
  const warned = vi.spyOn(process, 'emitWarning').mockImplementation((text) => void warnings.push(String(text)));
  const wanted = await read(await open('text', { cacheBytes: 0 }));
  vi.stubEnv('TMPDIR', path('nowhere'));
  const source = await open('text');
  for (let pass = 0; pass < 2; pass++) expect(await read(source)).toEqual(wanted);
  warned.mockRestore();
  expect(warnings).toHaveLength(1);
  expect(warnings[0]).toMatch(/no temporary file can be made.*; until then they are decoded in every pass/);
});

test('rows that are left out are counted in every pass', async () => {
  writeFileSync(path('bad.csv'), 'a,b\n1,2\nx,3\n4,5\n');
  const source = await openData(path('bad.csv'), { onInvalid: 'skip' });
  for (let pass = 0; pass < 3; pass++) {
    await read(source);
    expect(source.skipped?.rows).toBe(1);
  }
  await source.close();
});

test('nothing is left on the disk', async () => {
  vi.stubEnv('TMPDIR', path('.'));
  const before = readdirSync(path('.'));
  const source = await open('text');
  await read(source);
  expect(readdirSync(path('.'))).toEqual(before);
});
