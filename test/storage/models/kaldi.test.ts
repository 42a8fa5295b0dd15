import { describe, expect, test } from 'vitest';
import { MegaMixError } from '../../../src/errors.ts';
import { GaussianMixture, KMeans, VariationalGaussianMixture } from '../../../src/estimator.ts';
import { asGaussianMixture } from '../../../src/inference/adapt.ts';
import { importModel } from '../../../src/inference/import.ts';
import type { MixtureModel } from '../../../src/inference/model.ts';
import { writeKaldi } from '../../../src/storage/models/kaldi-writer.ts';
import { contentsOf, randomModel } from '../../helpers/models.ts';
import { normwise } from '../../helpers/parameters.ts';
import { rows } from '../../helpers/table.ts';
import { fc, runs } from '../../setup/properties.ts';

const seeds = fc.integer({ min: 1, max: 2 ** 30 });
const kaldiOf = (model: MixtureModel, isText: boolean): Uint8Array =>
  writeKaldi(asGaussianMixture(model.state), isText);
const textOf = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);

/** A number of single precision may be off by half of this, relative to itself. */
const FLOAT = 2 ** -23;

describe.each(rows.filter(({ model }) => model !== 'kmeans'))('$label', (row) => {
  test('goes through the format, binary and text, with the rounding of single precision, and then stays', () =>
    fc.assert(
      fc.asyncProperty(seeds, async (seed) => {
        const model = await randomModel(row, seed);
        const { parameters } = asGaussianMixture(model.state);
        const read = await importModel(kaldiOf(model, false));
        expect(read.kind).toBe('gmm');
        expect(read.covarianceType).toBe(row.covariance === 'full' || row.covariance === 'tied' ? 'full' : 'diagonal');
        expect(normwise(read.weights, model.weights)).toBeLessThan(2 * FLOAT);
        for (const [k, covariance] of read.covariances.entries()) {
          const own = model.covariance(k);
          const condition = conditionOf(own.to2DArray());
          const most = 4 * model.dimensions * condition * FLOAT;
          expect(normwise(Float64Array.from(covariance.to1DArray()), Float64Array.from(own.to1DArray()))).toBeLessThan(
            most,
          );
          const means = parameters.means.subarray(k * model.dimensions, (k + 1) * model.dimensions);
          expect(normwise(Float64Array.from(read.means.getRow(k)), means)).toBeLessThan(most);
        }
        expect(textOf(kaldiOf(read, true))).toBe(textOf(kaldiOf(await importModel(kaldiOf(read, false)), true)));
        expect(contentsOf(await importModel(kaldiOf(model, true)))).toBe(contentsOf(read));
      }),
      runs(4),
    ));
});

/** Of a symmetric matrix: the product of its norm and that of its inverse, by rows. */
function conditionOf(matrix: readonly (readonly number[])[]): number {
  const order = matrix.length;
  const rows = matrix.map((row, i) => [...row, ...Array.from({ length: order }, (_, j) => Number(i === j))]);
  for (let i = 0; i < order; i++) {
    rows[i] = rows[i]!.map((value) => value / rows[i]![i]!);
    for (let k = 0; k < order; k++) {
      const factor = rows[k]![i]!;
      if (k !== i) rows[k] = rows[k]!.map((value, j) => value - factor * rows[i]![j]!);
    }
  }
  const norm = (of: readonly (readonly number[])[]): number =>
    Math.max(...of.map((row) => row.reduce((sum, value) => sum + Math.abs(value), 0)));
  return norm(matrix) * norm(rows.map((row) => row.slice(order)));
}

const diagonal = GaussianMixture.from({
  weights: [0.25, 0.75],
  means: [
    [1, -2],
    [0, 3],
  ],
  covariances: [
    [1, 2],
    [4, 0.5],
  ],
  covariance: 'diagonal',
});
const full = GaussianMixture.from({
  weights: [1],
  means: [[1, 2]],
  covariances: [
    [
      [2, 1],
      [1, 2],
    ],
  ],
});

test('text is laid out as Kaldi writes it', () => {
  const text = textOf(kaldiOf(diagonal, true)).replace(/(<GCONSTS> {2}\[) .* \]/, '$1 … ]');
  expect(text).toBe(
    '<DiagGMM> \n<GCONSTS>  [ … ]\n<WEIGHTS>  [ 0.25 0.75 ]\n' +
      '<MEANS_INVVARS>  [\n  1 -1 \n  0 6 ]\n<INV_VARS>  [\n  1 0.5 \n  0.25 2 ]\n</DiagGMM> \n',
  );
  const packed = textOf(kaldiOf(full, true)).split('<INV_COVARS> ')[1];
  expect(packed).toBe('[\n0.6666667 \n-0.33333334 0.6666667 ]\n</FullGMM> \n');
});

test('constants are the logarithms of weight and density at 0', () => {
  const [, constants] = /<GCONSTS> {2}\[ (.*) \]/.exec(textOf(kaldiOf(diagonal, true)))!;
  const expected = [
    Math.log(0.25) - 0.5 * (2 * Math.log(2 * Math.PI) + Math.log(2) + 1 + 2),
    Math.log(0.75) - 0.5 * (2 * Math.log(2 * Math.PI) + Math.log(2) + 18),
  ];
  for (const [k, value] of constants!.split(' ').map(Number).entries()) expect(value).toBeCloseTo(expected[k]!, 5);
});

test('files without constants, of the old tokens, in double precision and with other white space are read', async () => {
  const text = textOf(kaldiOf(diagonal, true));
  const whole = contentsOf(await importModel(kaldiOf(diagonal, true)));
  const read = async (changed: string): Promise<string> =>
    contentsOf(await importModel(new TextEncoder().encode(changed)));
  expect(await read(text.replace(/<GCONSTS>.*\n/, ''))).toBe(whole);
  expect(await read(text.replaceAll('DiagGMM>', 'DiagGMMBegin>').replace('</DiagGMMBegin>', '<DiagGMMEnd>'))).toBe(
    whole,
  );
  expect(await read(text.replaceAll('\n', '\r\n'))).toBe(whole);
  expect(await read(text.replace(/(<GCONSTS> {2}\[) .* \]/, '$1 -inf nan ]'))).toBe(whole);
  expect(await read(text.replace('0.25 0.75', '0 1'))).not.toBe(whole);
});

test('what is wrong is named with its token and byte', async () => {
  const text = textOf(kaldiOf(diagonal, true));
  const read = (changed: string | Uint8Array) =>
    importModel(typeof changed === 'string' ? new TextEncoder().encode(changed) : changed);
  const cases: readonly (readonly [string, string])[] = [
    [text.replace('<WEIGHTS>', '<WIGHTS>'), 'the model, after <GCONSTS> (byte'],
    [text.replace('<WEIGHTS>', '<WIGHTS>'), 'received "<WIGHTS>", expected <WEIGHTS>'],
    [
      text.replace('0.25 2 ]', '0.25 0 ]'),
      `after <INV_VARS> (byte ${text.indexOf(']\n</Diag') + 1}): component 1, column 2 is 0, expected a number > 0`,
    ],
    [text.replace('0.25 2 ]', '0.25 ]'), 'after <INV_VARS>'],
    [text.replace('0.25 2 ]', '0.25 x ]'), 'received "x", expected a number'],
    [text.replace('0.25 0.75', '0.25 0.5'), 'weights: received numbers with the sum 0.75, expected 1'],
    [text.replace('0.25 0.75', '0.25 0.25 0.5'), 'after <MEANS_INVVARS>'],
    [text.replace('0 6 ]', '0 nan ]'), 'means of component 1: received NaN, expected a finite number'],
    [text.slice(0, -12), 'after <INV_VARS>'],
    [text.slice(0, text.indexOf('0.75')), 'it ends before its ]: the file was cut short'],
    [`${text}<DiagGMM>`, 'after </DiagGMM>'],
    ['<TransitionModel> ', 'is an acoustic model of many mixtures'],
    ['', 'the model: received nothing, expected a model: hdf5, kaldi'],
    ['\0B<Nnet3> ', 'expected a model: hdf5, kaldi'],
  ];
  for (const [changed, message] of cases) await expect(read(changed), changed).rejects.toThrow(message);
  const binary = kaldiOf(diagonal, false);
  const liar = binary.slice();
  new DataView(liar.buffer).setInt32(textAt(liar, 'FV ') + 4, 2 ** 30, true);
  await expect(read(liar)).rejects.toThrow('it claims 1073741824 numbers, but');
  const matrix = binary.slice();
  new DataView(matrix.buffer).setInt32(textAt(matrix, 'FM ') + 4, 2 ** 31 - 1, true);
  await expect(read(matrix)).rejects.toThrow('it claims 4294967294 numbers, but');
  await expect(read(textOf(kaldiOf(full, true)).replace('[\n0.6', '[\n-0.6'))).rejects.toThrow(
    'that of component 0 is not positive definite (column 1)',
  );
});

const textAt = (bytes: Uint8Array, text: string): number => Buffer.from(bytes).indexOf(text);

test.each([
  ['diagonal', diagonal],
  ['full', full],
])('a %s file of which a byte was changed is an error, or a model', async (_, model) => {
  for (const isText of [false, true]) {
    const bytes = kaldiOf(model, isText);
    let refused = 0;
    for (let at = 0; at < bytes.length; at++) {
      const damaged = bytes.slice();
      damaged[at]! ^= 0xff;
      const outcome = await importModel(damaged).catch((error: unknown) => error);
      if (outcome instanceof Error) {
        refused++;
        expect(outcome, `byte ${at}: ${outcome.stack}`).toBeInstanceOf(MegaMixError);
      }
    }
    expect(refused).toBeGreaterThan(bytes.length / 3);
  }
});

test('what Kaldi cannot hold is refused', () => {
  expect(() => kaldiOf(GaussianMixture.from({ weights: [1], means: [[0, 0]], covariances: [1e-60] }), false)).toThrow(
    'component 0 cannot be written for Kaldi, whose numbers are of single precision',
  );
});

test('of a Bayesian model the expected parameters are written', async () => {
  const model = VariationalGaussianMixture.from({
    counts: [30, 10],
    means: [
      [1, 0],
      [4, 2],
    ],
    covariances: [1, 2],
    covariance: 'spherical',
  });
  const read = await importModel(kaldiOf(model, false));
  expect(normwise(read.weights, model.weights)).toBeLessThan(FLOAT);
  expect(normwise(Float64Array.from(read.means.to1DArray()), Float64Array.from(model.means.to1DArray()))).toBeLessThan(
    2 * FLOAT,
  );
  expect(KMeans.from([[1]]).hasDensity).toBe(false);
});
