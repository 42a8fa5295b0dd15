import { createReadStream, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { expect, test } from 'vitest';
import { GaussianMixture } from '../../src/estimator.ts';
import { FeatureTransform, type FeatureTransformSettings, openData, SettingError } from '../../src/index.ts';
import { collect } from '../helpers/collect.ts';
import { temporaryDirectory } from '../helpers/files.ts';
import { readRows } from '../helpers/read.ts';
import { tones, wavBytes } from '../helpers/wav.ts';

const path = temporaryDirectory();
const wav = join(import.meta.dirname, '..', '..', 'data', 'wav', 'en', 'vm-review.wav');
const pcm = (samples: readonly number[]): Buffer => Buffer.from(Int16Array.from(samples).buffer);

const transformed = async (pieces: readonly Uint8Array[], settings: FeatureTransformSettings): Promise<number[][]> => {
  const rows: Float32Array[] = await collect(Readable.from(pieces).pipe(new FeatureTransform(settings)));
  return rows.map((row) => [...row]);
};

test('a WAV file through the stream is what the file is', async () => {
  const rows: Float32Array[] = [];
  const file = createReadStream(wav, { highWaterMark: 1001 });
  await pipeline(file, new FeatureTransform({ encoding: 'wav' }), async (source: AsyncIterable<Float32Array>) => {
    for await (const row of source) rows.push(row);
  });
  expect(rows.map((row) => [...row])).toEqual(await readRows(wav));
});

test('PCM is 16-bit by default, and of any other encoding if that is said', async () => {
  const samples = tones(2000);
  const expected = await transformed([pcm(samples)], { sampleRate: 8000 });
  expect(expected).toHaveLength(23);
  const floats = Buffer.from(Float32Array.from(samples, (sample) => sample / 32768).buffer);
  expect(await transformed([floats], { sampleRate: 8000, encoding: 'float32' })).toEqual(expected);
  const both = samples.flatMap((sample) => [0, sample]);
  expect(await transformed([pcm(both)], { sampleRate: 8000, channels: 2, channel: 2 })).toEqual(expected);
});

test('rows come while the sound goes on', async () => {
  const transform = new FeatureTransform({ sampleRate: 8000, deltas: 0 });
  const rows: unknown[] = [];
  transform.on('data', (row) => rows.push(row));
  await new Promise<void>((resolve, reject) => {
    transform.write(pcm(tones(280)), (error) => (error ? reject(error) : setImmediate(resolve)));
  });
  expect(rows).toHaveLength(2);
  transform.destroy();
});

test('one large piece waits for whoever reads slowly', async () => {
  const transform = new FeatureTransform({ sampleRate: 8000, deltas: 0 });
  transform.end(Buffer.alloc(4_000_000));
  let count = 0;
  let most = 0;
  for await (const _ of transform) {
    count++;
    most = Math.max(most, transform.readableLength);
  }
  expect(count).toBe(24_998);
  expect(most).toBeLessThan(200);
});

test('rows go on into a fit', async () => {
  const rows = createReadStream(wav).pipe(new FeatureTransform({ encoding: 'wav' }));
  const options = { components: 2, covariance: 'diagonal', iterations: 2 } as const;
  const model = await new GaussianMixture(options).fit(rows, { threads: 1 });
  expect(model.means).toEqual((await new GaussianMixture(options).fit(await readRows(wav), { threads: 1 })).means);
});

test.each<[string, Uint8Array, FeatureTransformSettings, string]>([
  ['half a sample', Buffer.alloc(1601), { sampleRate: 8000 }, 'the sound ends within a sample, after 1601 bytes'],
  ['no WAV', Buffer.from('some text here'), { encoding: 'wav', name: 'call 5' }, 'call 5 is no WAV file'],
  ['an empty WAV', Buffer.alloc(0), { encoding: 'wav' }, 'the sound is empty'],
  ['a WAV cut short', wavBytes(tones(900)).subarray(0, 700), { encoding: 'wav' }, 'but it ends after 656'],
  ['another rate', wavBytes(tones(900)), { encoding: 'wav', sampleRate: 16000 }, '8000 Hz, but 16000 Hz are asked for'],
  [
    'NaN',
    Buffer.from(new Float32Array(9).fill(Number.NaN).buffer),
    { sampleRate: 8000, encoding: 'float32' },
    'sample 1',
  ],
])('%s fails', async (_, bytes, settings, message) => {
  const transform = new FeatureTransform(settings);
  transform.end(bytes);
  await expect(collect(transform)).rejects.toThrow(message);
  expect(transform.destroyed).toBe(true);
});

test('the front end of a model is one of its own', async () => {
  const source = await openData(wav);
  const { frontEnd } = source;
  await source.close();
  const rows = createReadStream(wav).pipe(
    new FeatureTransform({ encoding: 'wav', ...frontEnd } as FeatureTransformSettings),
  );
  expect((await collect<Float32Array>(rows)).length).toBeGreaterThan(0);
});

test.each<[FeatureTransformSettings, string]>([
  [{}, 'sampleRate: received nothing'],
  [{ sampleRate: 8000, normalisation: 'mean' }, "normalisationOver: received 'utterance'"],
  [{ sampleRate: 8000, encoding: 'mp3' as 'wav' }, 'encoding: received "mp3", expected pcm8, pcm16,'],
  [{ sampleRate: 8000, channels: 2 }, 'channel: received nothing, expected which of 2 channels'],
  [{ sampleRate: 8000, channel: 2 }, 'channel: received 2, expected a whole number from 1 to 1'],
  [{ sampleRate: 8000, melBins: 200 }, 'melBins: 200 are so narrow'],
  [{ encoding: 'wav', channels: 2 }, 'channels: a WAV file says how many there are'],
  [{ sampleRate: 8000, splice: [1, 0] }, 'splice: a FeatureTransform has none'],
  [{ sampleRate: 8000, vad: 'energy' }, 'vad: a FeatureTransform has none'],
])('settings %j are refused at once', (settings, message) => {
  expect(() => new FeatureTransform(settings)).toThrow(SettingError);
  expect(() => new FeatureTransform(settings)).toThrow(message);
});

test('an abandoned stream of sound closes its file', async () => {
  writeFileSync(path('long.wav'), wavBytes(tones(200_000)));
  const file = createReadStream(path('long.wav'));
  const controller = new AbortController();
  const done = pipeline(
    file,
    new FeatureTransform({ encoding: 'wav' }),
    async (rows: AsyncIterable<unknown>) => {
      for await (const _ of rows) controller.abort();
    },
    { signal: controller.signal },
  );
  await expect(done).rejects.toThrow('abort');
  expect(file.destroyed).toBe(true);
});
