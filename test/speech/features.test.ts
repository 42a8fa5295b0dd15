import { expect, test } from 'vitest';
import { SettingError } from '../../src/errors.ts';
import { Features } from '../../src/speech/features.ts';
import { checkFrontEnd, type FrontEndSettings, frontEndAt, layoutOf } from '../../src/speech/front-end.ts';
import { encodings, PcmDecoder } from '../../src/speech/pcm.ts';
import { flatten } from '../helpers/collect.ts';
import { tones } from '../helpers/wav.ts';
import { fc, runs } from '../setup/properties.ts';

const sound = Float64Array.from(tones(9000));

function rowsOf(settings: FrontEndSettings, pieces: readonly Float64Array[]): number[] {
  const features = new Features(frontEndAt(settings, 8000, 'the sound'));
  return flatten([...pieces.map((piece) => features.push(piece)), features.end()]);
}

function cut<T extends { subarray(from: number, to?: number): T; readonly length: number }>(
  whole: T,
  lengths: readonly number[],
): T[] {
  const pieces: T[] = [];
  let at = 0;
  for (const length of lengths) {
    pieces.push(whole.subarray(at, at + length));
    at += length;
  }
  return [...pieces, whole.subarray(Math.min(at, whole.length))];
}

test.each<[string, FrontEndSettings]>([
  ['by default', {}],
  ['mirrored', { snipEdges: false }],
  ['with gaps between frames', { frameLength: 4, frameShift: 30, melBins: 5, coefficients: 5 }],
  ['with dither', { dither: 2 }],
  [
    'running',
    { normalisation: 'mean-variance', normalisationOver: 'running', normalisationWindow: 20, normalisationMinimum: 5 },
  ],
])('however sound is cut, its rows are the same to the last bit, %s', (_, settings) => {
  const whole = rowsOf(settings, [sound]);
  expect(whole.length).toBeGreaterThan(0);
  const lengths = fc.array(fc.oneof(fc.nat(400), fc.nat(5000)), { maxLength: 40 });
  fc.assert(
    fc.property(lengths, (pieces) => {
      expect(rowsOf(settings, cut(sound, pieces))).toEqual(whole);
    }),
    runs(25),
  );
});

test('however bytes are cut, their samples are the same, of every encoding and channel', () => {
  const bytes = Uint8Array.from({ length: 480 }, (_, i) => (i * 37) % 256);
  const kinds = fc.constantFrom(...(['pcm8', 'pcm16', 'pcm24', 'pcm32'] satisfies (keyof typeof encodings)[]));
  fc.assert(
    fc.property(
      kinds,
      fc.integer({ min: 1, max: 5 }),
      fc.array(fc.nat(50)),
      fc.nat(4),
      (kind, channels, pieces, any) => {
        const decode = (parts: readonly Uint8Array[]): number[] => {
          const decoder = new PcmDecoder('x', encodings[kind], channels, any % channels);
          return flatten(parts.map((part) => decoder.decode(part)));
        };
        expect(decode(cut(bytes, pieces))).toEqual(decode([bytes]));
        expect(decode([bytes])).toHaveLength(Math.floor(480 / (encodings[kind].bytes * channels)));
      },
    ),
  );
});

test('a frame comes when its last sample and the frames that its differences need are there', () => {
  for (const { deltas, deltaWindow } of [
    { deltas: 0, deltaWindow: 2 },
    { deltas: 1, deltaWindow: 2 },
    { deltas: 2, deltaWindow: 3 },
  ]) {
    const features = new Features(frontEndAt({ deltas, ...(deltas > 0 && { deltaWindow }) }, 8000, 'the sound'));
    const needed = 200 + 80 * deltas * deltaWindow;
    expect(features.push(sound.subarray(0, needed - 1))).toHaveLength(0);
    expect(features.push(sound.subarray(needed - 1, needed))).toHaveLength(13 * (1 + deltas));
    expect(features.push(sound.subarray(needed, needed + 79))).toHaveLength(0);
    expect(features.push(sound.subarray(needed + 79, needed + 80))).toHaveLength(13 * (1 + deltas));
  }
});

test('silence is finite, and normalised to nothing', () => {
  const silence = new Float64Array(4000);
  expect(rowsOf({}, [silence]).every(Number.isFinite)).toBe(true);
  const running = { normalisation: 'mean-variance', normalisationOver: 'running', deltas: 0 } as const;
  expect(Math.max(...rowsOf(running, [silence]).map(Math.abs))).toBeLessThan(1e-3);
});

test('running normalisation stays exact however long it runs', () => {
  const settings = { normalisation: 'mean', normalisationOver: 'running', deltas: 0, useEnergy: false } as const;
  const window = { normalisationWindow: 10, normalisationMinimum: 1 };
  const loud = sound.map((sample, i) => (i < 4000 ? sample * 1e9 : sample));
  const [after, alone] = [rowsOf({ ...settings, ...window }, [loud]), rowsOf({ ...settings, ...window }, [sound])];
  expect(after.slice(-13 * 20)).toEqual(alone.slice(-13 * 20));
});

test('dither is noise of the deviation that is asked for, the same each time', () => {
  const silence = new Float64Array(80_000);
  const settings = { useEnergy: true, removeDcOffset: false, deltas: 0, dither: 3 } as const;
  const rows = rowsOf(settings, [silence]);
  expect(rowsOf(settings, [silence])).toEqual(rows);
  const energies = rows.filter((_, i) => i % 13 === 0).map(Math.exp);
  const variance = energies.reduce((sum, energy) => sum + energy / 200, 0) / energies.length;
  expect(variance).toBeGreaterThan(8.8);
  expect(variance).toBeLessThan(9.2);
});

test('by default there are 39 numbers, as Kaldi makes 13 and twice their differences', () => {
  const frontEnd = frontEndAt({}, 16000, 'the sound');
  expect(layoutOf(frontEnd)).toEqual({
    frame: 400,
    shift: 160,
    padded: 512,
    low: 20,
    high: 8000,
    statics: 13,
    dimensions: 39,
  });
  expect(frontEnd).toMatchObject({
    windowType: 'povey',
    preEmphasis: 0.97,
    dither: 0,
    normalisation: 'none',
    melBins: 23,
  });
  expect(checkFrontEnd({ features: 'fbank' }).useEnergy).toBe(false);
});

test.each<[unknown, string]>([
  [null, 'frontEnd: received null, expected an object'],
  [{ bins: 23 }, 'a front end has no setting bins; there are features, sampleRate,'],
  [{ melBins: '23' }, 'melBins: received "23", expected a whole number from 3 to 1024'],
  [{ melBins: 2.5 }, 'melBins: received 2.5'],
  [{ windowType: 'hanning' }, 'windowType: received "hanning", expected povey, hamming, hann,'],
  [{ useEnergy: 1 }, 'useEnergy: received 1, expected true or false'],
  [{ preEmphasis: Number.NaN }, 'preEmphasis: received NaN, expected a number from 0 to 1'],
  [{ deltas: 3 }, 'deltas: received 3, expected a whole number from 0 to 2'],
  [{ frameShift: 0 }, 'frameShift: received 0, expected a number of ms'],
  [{ frameLength: 0.2 }, 'frameLength: 0.2 ms are 1 samples at 8000 Hz, expected 3 to'],
  [{ frameShift: 0.1 }, 'frameShift: 0.1 ms are less than a sample at 8000 Hz'],
  [{ coefficients: 24 }, 'coefficients: received 24, expected no more than the 23 bins'],
  [{ highFrequency: 4001 }, 'highFrequency: the mel bank would reach from 20 to 4001 Hz'],
  [{ highFrequency: -4000 }, 'highFrequency: the mel bank would reach from 20 to 0 Hz'],
  [{ melBins: 200 }, 'melBins: 200 are so narrow that number'],
  [{ features: 'fbank', coefficients: 12 }, 'coefficients: says something only if features is mfcc: leave it out'],
  [{ normalisationWindow: 300 }, 'normalisationWindow: says something only if normalisationOver is running'],
  [{ normalisationOver: 'running' }, 'normalisationOver: says something only if normalisation is mean or'],
  [
    { normalisation: 'mean', normalisationOver: 'running', normalisationWindow: 50 },
    'normalisationMinimum: received 100, expected no more than the window of 50',
  ],
])('settings %j are refused', (settings, message) => {
  const build = () => new Features(frontEndAt(settings as FrontEndSettings, 8000, 'the sound'));
  expect(build).toThrow(SettingError);
  expect(build).toThrow(message);
});
