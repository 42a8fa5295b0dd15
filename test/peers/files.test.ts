import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import type { SourceOptions } from '../../src/sources/data.ts';
import { WavDecoder } from '../../src/speech/wav-decoder.ts';
import { temporaryDirectory } from '../helpers/files.ts';
import { readRows } from '../helpers/read.ts';
import { hasPython, runPython } from './python.ts';

const SEED = 13;
const path = temporaryDirectory();
const formats = ['npy', 'npz', 'h5', 'csv', 'tsv', 'jsonl', 'txt', 'parquet', 'arrow', 'ark', 'scp', 'wav'];

/** A file that Python wrote, and what it reads there, or what a refusal names; either will do where both are given. */
interface Written {
  readonly file: string;
  readonly what: string;
  readonly options: SourceOptions;
  readonly shape?: readonly [number, number];
  readonly offset?: number;
  readonly refused: string | null;
  readonly tolerance: number;
}

let written: readonly Written[] = [];
let expected = new Float64Array();

describe.runIf(hasPython)(
  'what others write is read as they read it, to the last bit of all but compressed archives',
  () => {
    beforeAll(() => {
      mkdirSync(path('files'));
      expect(runPython([join(import.meta.dirname, 'files', 'write.py'), path('files'), String(SEED)])).toBe('');
      written = JSON.parse(readFileSync(path('files/index.json'), 'utf8'));
      expected = new Float64Array(new Uint8Array(readFileSync(path('files/expected.bin'))).buffer);
    });

    test.each(formats)('%s', async (format) => {
      const files = written.filter(({ file }) => formatOf(file) === format);
      const wrong: string[] = [];
      for (const one of files) {
        const difference = await differenceOf(one);
        if (difference) wrong.push(`${one.file} (${one.what}): ${difference}`);
      }
      expect(wrong).toEqual([]);
      expect(files.length).toBeGreaterThan(5);
    });
  },
);

const formatOf = (file: string): string => {
  const ending = file.replace(/:.*|\.gz$/g, '').replace(/.*\./, '');
  return ending === 'arrows' ? 'arrow' : ending;
};

/** What is wrong with what is read, if anything is. */
async function differenceOf({
  file,
  options,
  refused,
  tolerance,
  shape,
  offset = 0,
}: Written): Promise<string | undefined> {
  let rows: number[][];
  try {
    rows = file.endsWith('.wav')
      ? samplesOf(path(`files/${file}`), options)
      : await readRows(path(`files/${file}`), options);
  } catch (error) {
    const message = (error as Error).message.replace(path('files/'), '');
    return refused !== null && message.includes(refused) ? undefined : message;
  }
  if (!shape) return `was not refused for its ${refused}`;
  const [count, width] = shape;
  if (rows.length !== count || rows[0]!.length !== width)
    return `${rows.length} × ${rows[0]?.length}, not ${shape.join(' × ')}`;
  for (const [i, row] of rows.entries()) {
    for (const [j, value] of row.entries()) {
      const wanted = expected[offset + i * width + j]!;
      if (!Object.is(value, wanted) && value !== wanted && !(Math.abs(value - wanted) <= tolerance)) {
        return `row ${i + 1}, column ${j + 1} is ${value}, not ${wanted}`;
      }
    }
  }
  return undefined;
}

/** Of sound, samples are compared: rows of features are another matter. */
function samplesOf(file: string, { channel }: SourceOptions): number[][] {
  const decoder = new WavDecoder(file, channel);
  const samples = decoder.decode(readFileSync(file));
  decoder.end();
  return [...samples].map((sample) => [sample]);
}
