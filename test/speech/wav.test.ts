import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { expect, test } from 'vitest';
import { WavDecoder } from '../../src/speech/wav-decoder.ts';
import { temporaryDirectory } from '../helpers/files.ts';
import { readRows } from '../helpers/read.ts';
import { tones, wavBytes } from '../helpers/wav.ts';

const path = temporaryDirectory();
const fixture = (name: string): string => join(import.meta.dirname, 'wav', `${name}.wav`);

function samplesOf(bytes: Uint8Array, channel?: number): number[] {
  const decoder = new WavDecoder('x.wav', channel);
  const samples = [...decoder.decode(bytes)];
  decoder.end();
  return samples;
}
const failure = (bytes: Uint8Array, channel?: number): string => {
  try {
    samplesOf(bytes, channel);
  } catch (error) {
    return `${(error as Error).name}: ${(error as Error).message}`;
  }
  return 'nothing was wrong';
};

const speech = samplesOf(readFileSync(fixture('pcm16')));

test('16-bit samples are what they are', () => {
  const stored = readFileSync(fixture('pcm16')).subarray(44);
  expect(speech).toHaveLength(500);
  expect(speech).toEqual(Array.from({ length: 500 }, (_, i) => stored.readInt16LE(2 * i)));
});

test.each(['pcm24', 'pcm32', 'float32', 'float64', 'extensible24', 'extensible-float', 'rf64'])(
  '%s is the same',
  (name) => {
    expect(samplesOf(readFileSync(fixture(name)))).toEqual(speech);
  },
);

test('unsigned bytes are the same, coarser', () => {
  const coarse = samplesOf(readFileSync(fixture('unsigned8')));
  const worst = Math.max(...coarse.map((sample, i) => Math.abs(sample - speech[i]!)));
  expect(coarse).toHaveLength(500);
  expect([worst > 0, worst <= 256]).toEqual([true, true]);
});

test.each(['stereo16', 'stereo24'])('%s: the channel that is asked for', (name) => {
  const bytes = readFileSync(fixture(name));
  expect(samplesOf(bytes, 2)).toEqual(speech);
  expect(samplesOf(bytes, 1)).toEqual(speech.toReversed());
  expect(failure(bytes)).toBe('DataError: x.wav has 2 channels: choose one (channel: 1)');
  expect(failure(bytes, 3)).toContain('x.wav has 2 channels, there is no channel 3');
});

test.each([
  ['a-law', 'A-law (code 6)'],
  ['mu-law', 'µ-law (code 7)'],
  ['extensible-mu-law', 'µ-law (code 7)'],
  ['adpcm', 'Microsoft ADPCM (code 2)'],
])('%s is refused by name', (name, codec) => {
  expect(failure(readFileSync(fixture(name)))).toContain(`x.wav is coded as ${codec}, expected PCM or floats`);
});

test.each([0, 0xffffffff, 0x7fffffff, 0x7ffff000, 0x80000000])(
  'a length of %i, as in pipes, is to the end',
  (dataLength) => {
    for (const riffLength of [36, 1036, 0xffffffff, 0]) {
      expect(samplesOf(wavBytes(speech, { dataLength, riffLength }))).toEqual(speech);
    }
  },
);

test('chunks that mean nothing here are passed over, before the sound and after, of odd length too', () => {
  const wav = wavBytes(speech);
  const list = Buffer.from('LIST\x05\x00\x00\x00abcde\x00', 'latin1');
  const bytes = Buffer.concat([wav.subarray(0, 12), list, wav.subarray(12), list]);
  expect(samplesOf(bytes)).toEqual(speech);
});

test('no sound, and a chunk behind it, are no sound', () => {
  const list = Buffer.from('LIST\x06\x00\x00\x00abcdef', 'latin1');
  const bytes = Buffer.concat([wavBytes([], { riffLength: 36 + list.length }), list]);
  expect(samplesOf(bytes)).toEqual([]);
});

const whole = wavBytes(speech);
const header = whole.subarray(0, 44);

test.each<[string, Uint8Array, string]>([
  ['empty', new Uint8Array(0), 'x.wav is empty: expected a WAV file'],
  ['text', Buffer.from('a,b\n1,2\n3,4\n5,6\n'), 'x.wav is no WAV file: it begins with "a,b\\n"'],
  ['a few bytes', Buffer.from('RIF'), 'x.wav is no WAV file: it begins with "RIF"'],
  ['big-endian', Buffer.concat([Buffer.from('RIFX'), whole.subarray(4)]), 'begins with "RIFX"'],
  ['another RIFF', Buffer.from('RIFF\x04\x00\x00\x00AVI '), 'is no WAV file'],
  ['cut short', whole.subarray(0, 645), 'announces 1000 bytes of sound, but it ends after 601'],
  ['cut in the header', whole.subarray(0, 30), 'ends after 30 bytes without a data chunk'],
  ['no data chunk', header.subarray(0, 36), 'ends after 36 bytes without a data chunk'],
  [
    'a chunk longer than the file',
    Buffer.concat([whole.subarray(0, 12), Buffer.from('LISTzzzz')]),
    'without a data chunk',
  ],
  ['no fmt chunk', Buffer.concat([whole.subarray(0, 12), whole.subarray(36)]), 'its sound comes before a fmt chunk'],
  [
    'half a sample announced',
    wavBytes(speech, { dataLength: 999 }),
    '999 bytes of sound, which is no multiple of the 2',
  ],
  [
    'half a sample in a pipe',
    Buffer.concat([wavBytes(speech, { dataLength: 0xffffffff }), Buffer.from([1])]),
    'ends within a sample, after 1001 bytes',
  ],
  ['unknown codec', wavBytes(speech, { code: 1234 }), 'x.wav is coded as an unknown way (code 1234)'],
  ['12 channels in 2 bytes', wavBytes(speech, { channels: 0 }), 'which do not go together'],
  ['impossible bits', wavBytes(speech, { bits: 17 }), 'which do not go together'],
])('%s is refused', (_, bytes, message) => {
  expect(failure(bytes)).toContain('DataError: ');
  expect(failure(bytes)).toContain(message);
});

test('floats that are no numbers are refused, with their place', () => {
  const bytes = Buffer.from(readFileSync(fixture('float32')));
  bytes.writeFloatLE(Number.NaN, bytes.length - 4 * 100);
  expect(failure(bytes)).toContain('x.wav, sample 401: received NaN, expected a number from -1 to 1');
});

test('files: a sample rate of nothing, sound that is too short, other options', async () => {
  const files = { zero: { sampleRate: 0 }, short: {} };
  for (const [name, options] of Object.entries(files))
    writeFileSync(path(`${name}.wav`), wavBytes(tones(150), options));
  await expect(readRows(path('zero.wav'))).rejects.toThrow(
    'says that its sample rate is 0 Hz, expected a whole number',
  );
  await expect(readRows(path('short.wav'))).rejects.toThrow('short.wav has 150 samples, too few for a frame of 200');
  await expect(readRows(path('short.wav'), { columns: [1] })).rejects.toThrow('has no such option');
  await expect(readRows(path('short.wav'), { weightColumn: 1 })).rejects.toThrow('is sound, which has no columns');
  const piped = Readable.from([wavBytes(tones(150), { dataLength: 0 })]);
  await expect(readRows(piped, { format: 'wav' })).rejects.toThrow(
    'the data has 150 samples, too few for a frame of 200',
  );
});

test('a file that is too short is left out if asked for', async () => {
  writeFileSync(path('long.wav'), wavBytes(tones(800)));
  const files = [path('short.wav'), path('long.wav')];
  await expect(readRows(files)).rejects.toThrow('short.wav');
  for (const normalisation of ['none', 'mean'] as const) {
    const rows = await readRows(files, { onInvalid: 'skip', frontEnd: { normalisation } });
    expect(rows).toEqual(await readRows(path('long.wav'), { frontEnd: { normalisation } }));
  }
});
