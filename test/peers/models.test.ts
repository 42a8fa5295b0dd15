import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { exportModel } from '../../src/inference/export.ts';
import { importModel } from '../../src/inference/import.ts';
import type { MixtureModel } from '../../src/inference/model.ts';
import { temporaryDirectory } from '../helpers/files.ts';
import { randomModel } from '../helpers/models.ts';
import { normwise } from '../helpers/parameters.ts';
import { problem } from '../helpers/problems.ts';
import { allRows as table } from '../helpers/table.ts';
import { hasPython, runPython } from './python.ts';

const path = temporaryDirectory();
const SEEDS = [3];
/** Weights of single precision, each off by half of this of itself at the most, are divided by their sum where they are read. */
const SINGLE = 2 ** -24;
const gaussians = table.filter(({ model }) => model === 'gmm');

/** What the Python programs say of a model; each says a part of it. */
interface Answer {
  readonly components: number;
  readonly dimensions: number;
  readonly logLikelihoods: readonly number[];
  readonly magnitudes: readonly number[];
  readonly gconstError: number;
  readonly scores: readonly number[];
  readonly labels: readonly number[];
  readonly weights: readonly number[];
}

const ask = <T = Answer>(program: string, input: object): T =>
  JSON.parse(runPython([join(import.meta.dirname, program)], JSON.stringify(input)));

const rowsOf = (seed: number): number[][] =>
  problem(seed)
    .rows.slice(0, 50)
    .map((row) => [...row]);

async function logProbabilities(model: MixtureModel, seed: number): Promise<Float64Array> {
  return (await model.predict(rowsOf(seed))).logProbabilities!;
}

// An independent reader of Kaldi's files computes log-likelihoods as Kaldi does, from its numbers.
describe.runIf(hasPython).each(gaussians)('$label', (row) => {
  test.each(SEEDS)('Python reads what is written for Kaldi, and gives our log-likelihoods (%i)', async (seed) => {
    const model = await randomModel(row, seed);
    for (const text of [false, true]) {
      const file = path(`${seed}.ubm`);
      await exportModel(model, file, { text });
      const { components, dimensions, logLikelihoods, magnitudes, gconstError } = ask('kaldi.py', {
        read: file,
        rows: rowsOf(seed),
      });
      expect([components, dimensions]).toEqual([model.components, model.dimensions]);
      // constants in the file are those of its other numbers, but for their own rounding
      expect(gconstError).toBeLessThan(2 ** -23);
      const ours = await logProbabilities(await importModel(file), seed);
      const exact = await logProbabilities(model, seed);
      for (const [n, value] of logLikelihoods.entries()) {
        expect(Math.abs(value - ours[n]!), `row ${n}`).toBeLessThan(1e-9 * magnitudes[n]! + SINGLE);
        // each term of a quadratic form is off by the rounding of its factor to single precision
        expect(Math.abs(value - exact[n]!), `row ${n}`).toBeLessThan(2 ** -23 * magnitudes[n]! + SINGLE);
      }
    }
  });

  test.each(SEEDS)('what Python writes as Kaldi does is read (%i)', async (seed) => {
    const model = await randomModel(row, seed);
    const isFull = ['full', 'tied'].includes(row.covariance!);
    for (const form of row.covariance === 'full' ? ['binary', 'double', 'text'] : ['binary']) {
      const file = path(`python-${seed}.${form}`);
      const numbers = {
        weights: [...model.weights],
        means: model.means.to2DArray(),
        covariances: model.covariances.map((matrix) => matrix.to2DArray()),
      };
      ask('kaldi.py', { write: file, form, full: isFull, ...numbers, rows: rowsOf(seed) });
      const read = await importModel(file);
      const { logLikelihoods, magnitudes } = ask('kaldi.py', { read: file, rows: rowsOf(seed) });
      const ours = await logProbabilities(read, seed);
      const precision = form === 'double' ? 1e-11 : 2 ** -22;
      for (const [n, value] of logLikelihoods.entries())
        expect(Math.abs(value - ours[n]!), `row ${n}`).toBeLessThan(1e-9 * magnitudes[n]! + SINGLE);
      const exact = await logProbabilities(model, seed);
      for (const [n, value] of ours.entries())
        expect(Math.abs(value - exact[n]!) / magnitudes[n]!).toBeLessThan(precision);
    }
  });
});

describe.runIf(hasPython)('scikit-learn', () => {
  const known = gaussians.filter(({ covariance }) => !['tied-diagonal', 'tied-spherical'].includes(covariance!));
  test.each(known)('scores with what is exported as it does: $label', async (row) => {
    for (const seed of SEEDS) {
      const model = await randomModel(row, seed);
      const file = path('ours.npz');
      await exportModel(model, file);
      const { scores } = ask('sklearn-models.py', { read: file, rows: rowsOf(seed) });
      expect(normwise(await logProbabilities(model, seed), Float64Array.from(scores))).toBeLessThan(1e-9);
    }
  });

  test.each(['gmm', 'vbgmm', 'dpgmm', 'kmeans'])('its fitted %s is imported', async (name) => {
    for (const covariance of name === 'gmm' ? ['full', 'diag', 'spherical', 'tied'] : ['full']) {
      const file = path('theirs.npz');
      const rows = problem(11).rows.map((row) => [...row]);
      const theirs = ask('sklearn-models.py', { write: file, model: name, covariance, rows });
      const model = await importModel(file);
      expect(model.kind).toBe(name);
      if (name === 'kmeans') {
        expect([...(await model.predict(rows)).labels]).toEqual(theirs.labels);
        continue;
      }
      const ours: number[] = [];
      for await (const some of model.logNormalisers(rows)) ours.push(...some);
      expect(normwise(Float64Array.from(ours), Float64Array.from(theirs.scores))).toBeLessThan(1e-9);
      expect([...model.weights].every((weight, k) => Math.abs(weight - theirs.weights[k]!) < 1e-9)).toBe(true);
    }
  });

  test('NumPy reads every array that is exported', async () => {
    const models = await Promise.all(table.map((row) => randomModel(row, 2)));
    const files = table.map((_, i) => path(`arrays-${i}.npz`));
    for (const [i, model] of models.entries()) await exportModel(model, files[i]!);
    const read = ask<Record<string, unknown>[]>('sklearn-models.py', { list: files });
    for (const [i, arrays] of read.entries()) {
      const means = table[i]!.model === 'kmeans' ? 'cluster_centers_' : 'means_';
      expect(arrays[means]).toEqual(models[i]!.means.to2DArray());
    }
  });
});
