import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { expect, test } from 'vitest';
import { frontEndSettings } from '../../src/speech/definitions.ts';
import type { FrontEndSettings } from '../../src/speech/front-end.ts';
import { readRows } from '../helpers/read.ts';
import { wavBytes } from '../helpers/wav.ts';

const path = (name: string): string => join(import.meta.dirname, name);

interface Reference {
  readonly sound: string;
  readonly first: number;
  readonly samples: number;
  readonly cases: Readonly<Record<string, { readonly settings: FrontEndSettings; readonly tolerance: number }>>;
}

const { sound, first, samples, cases } = JSON.parse(readFileSync(path('reference.json'), 'utf8')) as Reference;
const HEADER_BYTES = 44;
const bytes = readFileSync(join(import.meta.dirname, '..', '..', sound));
const speech = new Int16Array(new Uint8Array(bytes).slice(HEADER_BYTES).buffer).subarray(first, first + samples);

test.each(Object.entries(cases))('%s', async (name, { settings, tolerance }) => {
  const expected = await readRows(path(`reference.npz:/${name}`));
  const wav = wavBytes([...speech], { sampleRate: settings.sampleRate! });
  const rows = await readRows(Readable.from([wav]), { format: 'wav', frontEnd: settings });
  expect([rows.length, rows[0]!.length]).toEqual([expected.length, expected[0]!.length]);
  const largest = Math.max(...expected.flat().map(Math.abs));
  const worst = Math.max(...rows.flatMap((row, n) => row.map((value, j) => Math.abs(value - expected[n]![j]!))));
  expect(worst / largest).toBeLessThan(tolerance);
});

test('there is a case for every setting but dither, which is chance, and those of test/sources/shapes.test.ts', () => {
  const settings = new Set(Object.values(cases).flatMap((one) => Object.keys(one.settings)));
  const elsewhere = ['dither', ...frontEndSettings.filter((name) => /^(?:vad|splice)/.test(name))];
  expect([...settings, ...elsewhere].toSorted()).toEqual(frontEndSettings.toSorted());
});
