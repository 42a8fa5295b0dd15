import { rmSync, writeFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { DataError } from '../../src/errors.ts';
import { openData } from '../../src/sources/source.ts';
import { openRecording } from '../../src/sources/speech/recording.ts';
import { temporaryDirectory } from '../helpers/files.ts';
import { tones, wavBytes } from '../helpers/wav.ts';

const path = temporaryDirectory();
const COUNT = 40;
const sound = tones(24_000);
/** Of so many lengths that batches, blocks and messages end anywhere. */
const lengthOf = (n: number): number => 400 + ((n * 997) % 9000);
const files = Array.from({ length: COUNT }, (_, n) => {
  const bytes = wavBytes(sound.slice(n * 7, n * 7 + lengthOf(n)));
  const name = path(n % 9 === 5 ? `u${n}.wav.gz` : `u${n}.wav`);
  writeFileSync(name, n % 9 === 5 ? gzipSync(bytes) : bytes);
  return name;
});

type FrontEnd = Parameters<typeof openRecording>[1]['frontEnd'];

/** Rows of a recording, made without threads. */
async function rowsHere(n: number, frontEnd: FrontEnd): Promise<number[]> {
  const bytes = wavBytes(sound.slice(n * 7, n * 7 + lengthOf(n)));
  async function* pieces(): AsyncGenerator<Uint8Array> {
    yield bytes;
  }
  const table = await openRecording({ name: `u${n}`, kept: new Map(), bytes: pieces }, { frontEnd });
  const rows = [];
  for await (const { data } of table.batches) rows.push(...data);
  await table.close();
  return rows;
}

async function partsOf(source: Awaited<ReturnType<typeof openData>>): Promise<[string, number[]][]> {
  const found = new Map<number, [string, number[]]>();
  for await (const { part, data } of source.arriving()) {
    if (!found.has(part.number)) found.set(part.number, [part.name, []]);
    found.get(part.number)![1].push(...data);
  }
  return [...found.values()];
}

const manners = [undefined, { normalisation: 'mean-variance' }, { features: 'fbank', snipEdges: false }] as const;

test.each(manners)('many files are the rows of each, in every pass: %j', async (frontEnd) => {
  const source = await openData(files, { frontEnd });
  const wanted = await Promise.all(files.map(async (_, n) => [`u${n}`, await rowsHere(n, frontEnd)]));
  for (let pass = 0; pass < 3; pass++) expect(await partsOf(source)).toEqual(wanted);
  await source.close();
});

test.each(manners)('so is a list of them: %j', async (frontEnd) => {
  const list = path('wav.scp');
  writeFileSync(list, files.map((file, n) => `n${n} ${file}\n`).join(''));
  const source = await openData(list, { frontEnd });
  const wanted = await Promise.all(files.map(async (_, n) => [`n${n}`, await rowsHere(n, frontEnd)]));
  for (let pass = 0; pass < 2; pass++) expect(await partsOf(source)).toEqual(wanted);
  await source.close();
});

test('long and short files, in turns', async () => {
  const long = tones(700_000);
  writeFileSync(path('long.wav'), wavBytes(long));
  const mixed = [files[0]!, path('long.wav'), ...files.slice(1, 12), path('long.wav'), files[12]!];
  const source = await openData(mixed, {});
  const found = await partsOf(source);
  await source.close();
  expect(found.map(([name]) => name)).toEqual(mixed.map((file) => file.split('/').at(-1)!.split('.')[0]));
  expect(found[13]![1]).toEqual(found[1]![1]);
  expect(found[1]![1].length).toBe(39 * (1 + Math.floor((700_000 - 200) / 80)));
});

test('a file without a frame is left out where that is asked for, and named', async () => {
  writeFileSync(path('tiny.wav'), wavBytes(sound.slice(0, 100)));
  const some = [...files.slice(0, 9), path('tiny.wav'), ...files.slice(9, 12), path('tiny.wav')];
  await expect(openData(some, {})).rejects.toThrow(/tiny\.wav has 100 samples, too few for a frame of 200/);
  const source = await openData(some, { onInvalid: 'skip' });
  for (let pass = 0; pass < 2; pass++) {
    expect((await partsOf(source)).length).toBe(12);
    expect(source.skipped).toEqual({ rows: 2, first: expect.stringMatching(/tiny\.wav has 100 samples/) });
  }
  await source.close();
});

test('a file that is another one, or gone, when it is read is named', async () => {
  for (const [change, message] of [
    [(name: string) => rmSync(name), /other\.wav cannot be read: there is no such file/],
    [(name: string) => writeFileSync(name, wavBytes(sound.slice(0, 5000))), /other\.wav has \d+ rows now, \d+ before/],
    [(name: string) => writeFileSync(name, 'RIFF, and nothing else'), /other\.wav/],
  ] as const) {
    writeFileSync(path('other.wav'), wavBytes(sound.slice(0, 8000)));
    const source = await openData([...files.slice(0, 20), path('other.wav'), ...files.slice(20)], {});
    change(path('other.wav'));
    await expect(partsOf(source)).rejects.toThrow(message);
    await source.close();
  }
});

test('the first of several that cannot be opened is the one that is named', async () => {
  writeFileSync(path('none.wav'), 'no sound');
  const broken = [...files.slice(0, 10), path('none.wav'), ...files.slice(10, 15), path('absent.wav')];
  await expect(openData(broken, {})).rejects.toThrow(/none\.wav/);
});

test('an abort ends a reading that runs ahead, for one of two readers', async () => {
  const aborting = new AbortController();
  const [one, other] = await Promise.all([openData(files, { signal: aborting.signal }), openData(files, {})]);
  const reading = partsOf(one);
  const beside = partsOf(other);
  setTimeout(() => aborting.abort(new DataError('empty', 'enough')), 1);
  await expect(reading).rejects.toThrow('enough');
  expect((await beside).length).toBe(COUNT);
  await Promise.all([one.close(), other.close()]);
});

test('what is left in the middle can be read again', async () => {
  const source = await openData(files, {});
  for await (const { part } of source.arriving()) if (part.index === 3) break;
  expect((await partsOf(source)).length).toBe(COUNT);
  await source.close();
});
