import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { expect, test } from 'vitest';
import { WavDecoder } from '../../src/speech/wav-decoder.ts';
import { readRows } from '../helpers/read.ts';
import { tones, wavBytes } from '../helpers/wav.ts';
import { fc } from '../setup/properties.ts';

const fixture = (name: string): string => join(import.meta.dirname, '..', 'fixtures', 'cases', name);

function samplesOf(bytes: Uint8Array, step = bytes.length): number[] {
  const decoder = new WavDecoder('x.wav', 1);
  const samples: number[] = [];
  for (let at = 0; at < bytes.length; at += step) samples.push(...decoder.decode(bytes.subarray(at, at + step)));
  decoder.end();
  return samples;
}

const failure = (bytes: Uint8Array): string => {
  try {
    return `${samplesOf(bytes).length} samples`;
  } catch (error) {
    return `${(error as Error).name}: ${(error as Error).message}`;
  }
};

function chunk(id: string, content: Uint8Array, length = content.length): Buffer {
  const head = Buffer.from(`${id}....`, 'latin1');
  head.writeUInt32LE(length, 4);
  return Buffer.concat([head, content, Buffer.alloc(content.length % 2)]);
}

const riff = (kind: string, ...chunks: Uint8Array[]): Buffer => {
  const all = Buffer.concat([Buffer.from(`${kind}....WAVE`, 'latin1'), ...chunks]);
  all.writeUInt32LE(kind === 'RIFF' ? all.length - 8 : 0xffffffff, 4);
  return all;
};

interface Kind {
  readonly code?: number;
  readonly channels?: number;
  readonly bytes: number;
  readonly bits?: number;
  /** Of an extensible header. */
  readonly valid?: number;
  readonly identifier?: string;
}

function format({ code = 1, channels = 1, bytes, bits = 8 * bytes, valid, identifier }: Kind): Buffer {
  const body = Buffer.alloc(valid === undefined ? 16 : 40);
  body.writeUInt16LE(valid === undefined ? code : 0xfffe, 0);
  body.writeUInt16LE(channels, 2);
  body.writeUInt32LE(8000, 4);
  body.writeUInt32LE(8000 * channels * bytes, 8);
  body.writeUInt16LE(channels * bytes, 12);
  body.writeUInt16LE(bits, 14);
  if (valid !== undefined) {
    body.writeUInt16LE(22, 16);
    body.writeUInt16LE(valid, 18);
    body.writeUInt16LE(code, 24);
    body.write(identifier ?? '000000001000800000aa00389b71', 26, 'hex');
  }
  return chunk('fmt ', body);
}

/** Whole numbers, left-justified in so many bytes. */
const stored = (samples: readonly bigint[], bytes: number, bits: number): Buffer =>
  Buffer.concat(
    samples.map((sample) => {
      const all = Buffer.alloc(8);
      all.writeBigInt64LE(sample << BigInt(8 * bytes - bits));
      return all.subarray(0, bytes);
    }),
  );

test.each([
  [9, 2],
  [16, 2],
  [20, 3],
  [24, 3],
  [24, 4],
  [32, 4],
  [36, 5],
  [45, 6],
  [48, 6],
  [53, 7],
  [64, 8],
  [24, 8],
])('PCM of %i bits in %i bytes, which it fills from above', (bits, bytes) => {
  const most = 2n ** BigInt(bits - 1) - 1n;
  const samples = [0n, 1n, -1n, most, -most - 1n, most / 3n, -most / 7n];
  const data = chunk('data', stored(samples, bytes, bits));
  const expected = samples.map((sample) => Number(sample) * 2 ** (16 - bits));
  for (const kind of [
    { bytes, bits },
    { bytes, valid: bits },
    { bytes, valid: 0 },
  ]) {
    const wav = riff('RIFF', format(kind), data);
    expect(samplesOf(wav)).toEqual(expected);
    expect(samplesOf(wav, 1)).toEqual(expected);
  }
});

test.each<[string, Kind, string]>([
  ['72 bits', { bytes: 9 }, '1 channels, PCM of 72 bits and 9 bytes for all channels, a width that is not read'],
  ['half floats', { code: 3, bytes: 2 }, 'floats of 16 bits and 2 bytes for all channels, a width that is not read'],
  ['floats of 24 bits', { code: 3, bytes: 3 }, 'floats of 24 bits'],
  ['8 bits in 2 bytes', { bytes: 2, bits: 8 }, 'PCM of 8 bits and 2 bytes for all channels, which do not go together'],
  ['more bits than bytes', { bytes: 2, bits: 24 }, 'which do not go together'],
  ['more bits used than there are', { bytes: 2, bits: 16, valid: 20 }, 'PCM of 20 of 16 bits'],
  ['no bits', { bytes: 2, bits: 0 }, 'PCM of 0 bits and 2 bytes'],
  ['no channels', { channels: 0, bytes: 2 }, 'says 0 channels'],
  ['bytes that channels do not share', { channels: 2, bytes: 1.5, bits: 16 }, 'says 2 channels'],
  ['another identifier', { bytes: 2, valid: 16, identifier: '00'.repeat(14) }, 'an unknown way (code 65534)'],
  ['FLAC', { code: 0xf1ac, bytes: 2 }, 'coded as FLAC (code 61868)'],
  ['GSM', { code: 49, bytes: 65, bits: 0 }, 'coded as GSM 6.10 (code 49)'],
])('%s is told', (_, kind, message) => {
  expect(failure(riff('RIFF', format(kind), chunk('data', Buffer.alloc(2))))).toContain(message);
});

test('ambisonic sound is PCM', () => {
  const kind = { bytes: 2, valid: 16, identifier: '00002107d3118644c8c1ca000000' };
  expect(samplesOf(riff('RIFF', format(kind), chunk('data', Buffer.from([1, 0, 255, 255]))))).toEqual([1, -1]);
});

const sizes = (bytes: bigint): Buffer => {
  const body = Buffer.alloc(28);
  body.writeBigUInt64LE(bytes === 0n ? 0n : BigInt.asUintN(64, bytes + 80n), 0);
  body.writeBigUInt64LE(bytes, 8);
  return chunk('ds64', body);
};
const two = Buffer.from([1, 0, 2, 0]);
const sixteen = format({ bytes: 2 });

test.each(['RF64', 'BW64'])('%s: the length of 64 bits, none in a pipe, one of 32', (kind) => {
  const list = chunk('LIST', Buffer.from('INFOabcd'));
  expect(samplesOf(riff(kind, sizes(4n), sixteen, chunk('data', two, 0xffffffff), list))).toEqual([1, 2]);
  expect(samplesOf(riff(kind, sizes(4n), sixteen, chunk('data', two), list))).toEqual([1, 2]);
  for (const unknown of [0n, 2n ** 64n - 1n]) {
    expect(samplesOf(riff(kind, sizes(unknown), sixteen, chunk('data', two, 0xffffffff)))).toEqual([1, 2]);
  }
  expect(failure(riff(kind, sizes(6n), sixteen, chunk('data', two, 0xffffffff)))).toContain(
    'announces 6 bytes of sound, but it ends after 4: it was cut short',
  );
  expect(failure(riff(kind, sizes(10n ** 12n), sixteen, chunk('data', two, 0xffffffff)))).toContain('was cut short');
  expect(failure(riff(kind, sixteen, chunk('data', two, 0xffffffff)))).toContain('has no ds64 chunk');
});

test.each<[string, number, number]>([
  ['SoX', 0x7ffff000, 1],
  ['ffmpeg', 0xffffffff, 1],
  ['arecord', 0x80000000, 1],
  ['aplay', 0x7fffff00, 1],
  ['a little less, as of a header', 0xffffffff - 44, 1],
  ['a little less, as of a header', 0x7fffffff - 36, 1],
])('%s: %i bytes, or no more than whole samples, are sound to the end', (_, length) => {
  for (const [bytes, channels] of [
    [1, 1],
    [3, 1],
    [3, 5],
    [8, 7],
  ] as const) {
    const block = bytes * channels;
    const samples = [3n, -5n, 7n];
    const data = stored(
      samples.flatMap((sample) => Array(channels).fill(sample)),
      bytes,
      8 * bytes,
    );
    for (const known of [length, Math.floor(length / block) * block]) {
      expect(
        failure(riff('RIFF', format({ bytes, channels }), chunk('data', data, known)).subarray(0, 44 + 3 * block)),
      ).toBe('3 samples');
    }
  }
});

test('a byte that makes the sound of a pipe even is none of it', () => {
  const data = stored([3n, -5n, 7n], 3, 24);
  const wav = riff('RIFF', format({ bytes: 3 }), chunk('data', data, 0x7fffefff));
  expect(wav.length % 2).toBe(0);
  expect(samplesOf(wav)).toEqual([3 / 256, -5 / 256, 7 / 256]);
  wav[wav.length - 1] = 1;
  expect(failure(wav)).toContain('ends within a sample, after 10 bytes');
});

test('what is far less than such a length is one', () => {
  expect(failure(riff('RIFF', sixteen, chunk('data', two, 0x7fff0000)))).toContain('cut short');
});

test('chunks of all kinds before and after, in any order, of odd length too; but no second one of sound', () => {
  const odd = chunk('bext', Buffer.from('abc'));
  const fact = chunk('fact', Buffer.from([2, 0, 0, 0]));
  const list = chunk('LIST', Buffer.from('INFOabcde'));
  const data = chunk('data', two);
  for (const chunks of [
    [odd, sixteen, fact, list, data, list, odd],
    [list, odd, sixteen, data],
    [sixteen, data, Buffer.from('no chunk at all')],
    [sixteen, data, list.subarray(0, 11)],
  ]) {
    expect(samplesOf(riff('RIFF', ...chunks))).toEqual([1, 2]);
    expect(samplesOf(riff('RIFF', ...chunks), 1)).toEqual([1, 2]);
  }
  const bytes = chunk('data', Buffer.from([0, 128, 255]));
  expect(samplesOf(riff('RIFF', format({ bytes: 1 }), bytes, list))).toEqual([-32768, 0, 32512]);
  for (const second of [
    [sixteen, data, list, data],
    [sixteen, chunk('data', Buffer.alloc(0)), data],
    [format({ bytes: 1 }), bytes, data],
  ]) {
    expect(failure(riff('RIFF', ...second))).toContain('has a second data chunk, after');
  }
  const pieces = chunk('LIST', Buffer.concat([Buffer.from('wavl'), data]));
  expect(failure(riff('RIFF', sixteen, pieces))).toContain('in a list of pieces and silences (wavl)');
  expect(failure(riff('RIFX', sixteen, data))).toContain('begins with "RIFX": a big-endian WAV file');
});

test('24 bits from a pipe of SoX are the sound that they were', async () => {
  const expected = await readRows(fixture('sound.wav'));
  expect(await readRows(fixture('sound-sox-24-bit-pipe.wav'))).toEqual(expected);
  const piped = Readable.from([readFileSync(fixture('sound-sox-24-bit-pipe.wav'))]);
  expect(await readRows(piped, { format: 'wav' })).toEqual(expected);
});

test('a file that is cut short anywhere is refused', () => {
  const wav = wavBytes(tones(50));
  for (let length = 0; length < wav.length; length++) {
    expect(failure(wav.subarray(0, length)), `${length} bytes`).toContain('DataError');
  }
});

test('any bytes give samples or a DataError', () => {
  const whole = riff(
    'RF64',
    sizes(4n),
    sixteen,
    chunk('LIST', Buffer.from('INFOabcd')),
    chunk('data', two, 0xffffffff),
  );
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 9 }), fc.nat(whole.length), fc.nat(whole.length), (noise, at, end) => {
      const damaged = Buffer.from(whole);
      damaged.set(noise.subarray(0, damaged.length - at), at);
      expect(failure(damaged.subarray(0, end))).toMatch(/samples$|^DataError: /);
    }),
  );
});
