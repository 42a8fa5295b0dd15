import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { Estimator } from '../../src/estimator.ts';
import type { MixtureModel } from '../../src/inference/model.ts';
import type { CovarianceName } from '../../src/mixture/covariance/index.ts';
import type { ModelName } from '../../src/mixture/model-table.ts';
import { collect, flatten } from '../helpers/collect.ts';
import { normals } from '../helpers/random.ts';
import { hasPython, runPython } from './python.ts';

// Against scikit-learn: ten generated problems, of all that is defined alike. (Its other Bayesian covariance types count
// degrees of freedom in another way.)
const STEPS = 4;
const PROBLEMS = 10;

interface Kind {
  readonly model: ModelName;
  readonly covariance?: CovarianceName;
}

const kinds: readonly Kind[] = [
  { model: 'kmeans' },
  { model: 'gmm', covariance: 'full' },
  { model: 'gmm', covariance: 'diagonal' },
  { model: 'gmm', covariance: 'spherical' },
  { model: 'gmm', covariance: 'tied' },
  { model: 'vbgmm', covariance: 'full' },
  { model: 'dpgmm', covariance: 'full' },
];
const theirNames: Readonly<Partial<Record<CovarianceName, string>>> = {
  full: 'full',
  diagonal: 'diag',
  spherical: 'spherical',
  tied: 'tied',
};

/** Overlapping clusters of several shapes, and means near their middles. */
function problem(seed: number): { readonly rows: number[][]; readonly means: number[][] } {
  const normal = normals(seed + 100);
  const dimensions = 2 + (seed % 4);
  const components = 2 + (seed % 3);
  const shapes = Array.from({ length: components }, () => ({
    centre: Array.from({ length: dimensions }, () => 3 * normal()),
    mixing: Array.from({ length: dimensions }, () => Array.from({ length: dimensions }, normal)),
  }));
  const rows = Array.from({ length: 300 + 20 * seed }, (_, n) => {
    const { centre, mixing } = shapes[n % components]!;
    const white = Array.from({ length: dimensions }, normal);
    return centre.map((value, i) => value + mixing[i]!.reduce((sum, factor, j) => sum + factor * white[j]!, 0));
  });
  return { rows, means: shapes.map(({ centre }) => centre.map((value) => value + 0.3 * normal())) };
}

type Answer = Readonly<Record<string, number[]>>;

function askPeer(): Answer[] {
  const problems = kinds.flatMap(({ model, covariance }) =>
    Array.from({ length: PROBLEMS }, (_, seed) => ({
      ...problem(seed),
      model,
      covariance: covariance && theirNames[covariance],
      steps: STEPS,
    })),
  );
  return JSON.parse(runPython([join(import.meta.dirname, 'scikit-learn.py')], JSON.stringify(problems)));
}

function expectClose(actual: ArrayLike<number>, expected: ArrayLike<number>, what: string): void {
  expect(actual.length, what).toBe(expected.length);
  const largest = Array.from(expected).reduce((most, value) => Math.max(most, Math.abs(value)), 1e-300);
  for (let i = 0; i < expected.length; i++) {
    if (!(Math.abs(actual[i]! - expected[i]!) <= 1e-8 * largest)) expect(actual[i], `${what} ${i}`).toBe(expected[i]);
  }
}

/** As scikit-learn lays them out. */
function covariancesOf(model: MixtureModel): number[] {
  const matrices = model.covariances;
  if (model.covarianceType === 'tied') return matrices[0]!.to1DArray();
  if (model.covarianceType === 'diagonal') return matrices.flatMap((matrix) => matrix.diagonal());
  if (model.covarianceType === 'spherical') return matrices.map((matrix) => matrix.get(0, 0));
  return matrices.flatMap((matrix) => matrix.to1DArray());
}

describe.runIf(hasPython)('scikit-learn', () => {
  const answers = hasPython ? askPeer() : [];

  describe.each(kinds.map((kind, i) => ({ ...kind, i })))('$model $covariance', ({ model: name, covariance, i }) => {
    test.each(Array.from({ length: PROBLEMS }, (_, seed) => seed))('problem %i', async (seed) => {
      const { rows, means } = problem(seed);
      const model = await new Estimator(name, { covariance, init: { means }, iterations: STEPS }).fit(rows);
      const theirs = answers[i * PROBLEMS + seed]!;
      expectClose(model.means.to1DArray(), theirs.means!, 'means');
      expectClose(flatten(await collect(model.labels(rows))), theirs.labels!, 'labels');
      if (name === 'kmeans') return;
      expectClose(covariancesOf(model), theirs.covariances!, 'covariances');
      const { responsibilities } = await model.predict(rows);
      expectClose(flatten(await collect(model.logNormalisers(rows))), theirs.logNormalisers!, 'log normalisers');
      expectClose(responsibilities!.to1DArray(), theirs.responsibilities!, 'responsibilities');
      if (name !== 'gmm') return;
      const { aic, bic } = await model.score(rows);
      expectClose(model.weights, theirs.weights!, 'weights');
      expectClose([aic!, bic!], [...theirs.aic!, ...theirs.bic!], 'AIC and BIC');
    });
  });
});
