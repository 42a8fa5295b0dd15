// The table of initializers.

import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';
import { eStep } from '../../e-step/e-step.ts';
import type { Pool } from '../../e-step/parallel/pool.ts';
import { kernelFor } from '../../kernels/index.ts';
import { distanceScorer } from '../../mixture/compile.ts';
import { componentPrior } from '../../mixture/components/prior.ts';
import { groupsOf } from '../../mixture/components/scatter.ts';
import { covarianceOf, type Mixture, mStep, type Parameters, parametersFrom, rowOf } from '../../mixture/mixture.ts';
import type { ModelName } from '../../mixture/model-table.ts';
import { Statistics } from '../../mixture/statistics.ts';
import type { Source } from '../../sources/source.ts';
import { breathe } from '../../util/event-loop.ts';
import type { Journal } from '../../util/journal.ts';
import type { Random } from '../../util/random.ts';
import { EigenvalueDecomposition, Matrix } from '../../util/required.ts';
import { sum } from '../../util/vector.ts';
import type { FitTask } from '../algorithms/algorithm.ts';
import { fit } from '../fit.ts';
import type { Control } from '../stopping.ts';
import { markovChain } from './markov-chain.ts';
import type { RowSample } from './row-sample.ts';
import { kMeansPlusPlus, randomRows, type Seeding } from './seeding.ts';

/** Input of an initializer. */
export interface Ground {
  readonly pool: Pool;
  /** Some of the rows, in memory: a source of them, their numbers and weights, and the sum of these. */
  readonly sample: Source;
  readonly rows: RowSample;
  readonly weight: number;
  /** Of all rows: the mean, and one group of the covariance type, positive definite. */
  readonly mean: Float64Array;
  readonly spread: Float64Array;
  /** The mixture that is to be fitted, without its prior. */
  readonly mixture: Mixture;
  readonly random: Random;
  readonly signal: AbortSignal | undefined;
  /** Where the initializer keeps what it needs to resume. */
  readonly journal: Journal;
}

/** Means, and what else is known of the components: if nothing, rows are still to be given to their nearest means. */
export type Beginning = Pick<Parameters, 'means'> & Partial<Pick<Parameters, 'covariances' | 'counts'>>;

/** A way to begin. */
export interface Init {
  /** Whether it gives more than means, which only models with covariances can use. */
  readonly givesComponents: boolean;
  begin(ground: Ground): Promise<Beginning>;
}

const FIRST_STAGE = { patience: 0, maxIterations: 100, iterations: undefined };
/** EM after components were split, and how many deviations from their middle the halves are put. */
const AFTER_SPLIT: Control = { ...FIRST_STAGE, tolerance: 0, iterations: 4 };
const HALF_APART = 0.5;
/** Which share of the components is split in a round, the heaviest. */
const SPLIT_SHARE = 0.25;

const seeded = (seeding: Seeding): Init => ({
  givesComponents: false,
  begin: async ({ pool, rows, mixture, random, signal }) => ({
    means: await seeding(pool.computing, rows, mixture.dimensions, mixture.components, random, signal),
  }),
});

/** k-means++, improved by k-means on the sample. */
const kMeans: Init = {
  givesComponents: false,
  async begin(ground) {
    const { pool, sample, weight, mixture, signal, journal } = ground;
    const { means } = await journal.step('seeds', () => seeded(kMeansPlusPlus).begin(ground));
    const centroids: Mixture = { ...mixture, model: 'kmeans', covariance: null };
    const counts = new Float64Array(mixture.components).fill(weight / mixture.components);
    const start = parametersFrom(centroids, means, new Float64Array(0), counts);
    const task = { pool, mixture: centroids, start, source: sample, journal: journal.inside('fit') };
    return { means: (await stage(task, signal)).means };
  },
};

/** Another model with the same kind of covariances, fitted to the sample from k-means. */
const firstStage = (model: ModelName): Init => ({
  givesComponents: true,
  async begin(ground) {
    const { pool, sample, signal, journal } = ground;
    const { means } = await journal.step('k-means', (own) => kMeans.begin({ ...ground, journal: own }));
    const mixture = stageOf(ground, model, means.length / ground.mean.length);
    const moments = { covariance: mixture.covariance, means };
    const nearest = { scorer: distanceScorer(means, ground.mean.length), assignment: 'hard', moments } as const;
    const start = mStep(mixture, await eStep(pool, sample, nearest, { signal }), means);
    return stage({ pool, mixture, start, source: sample, journal: journal.inside('fit') }, signal);
  },
});

/** A fit of the sample, to the tolerance that its model has by default. */
async function stage(task: FitTask, signal: AbortSignal | undefined): Promise<Parameters> {
  const { tolerance } = rowOf(task.mixture).gain;
  return (await fit(task, { ...FIRST_STAGE, tolerance }, { signal })).parameters;
}

/** Every row of the sample is shared among all components at random; then one M-step. */
const randomResponsibilities: Init = {
  givesComponents: true,
  async begin(ground) {
    const { pool, sample, mean, mixture, random, signal } = ground;
    const { components, dimensions } = mixture;
    const covariance = covarianceOf(mixture);
    const statistics = new Statistics({ components, dimensions, covariance });
    const one = new Statistics({ components: 1, dimensions, covariance });
    const moments = { covariance: mixture.covariance, means: mean };
    const kernel = kernelFor({ scorer: distanceScorer(mean, dimensions), assignment: 'hard', moments }, pool.computing);
    for await (const chunk of sample) {
      await breathe(signal);
      for (const [k, weights] of randomShares(components, chunk.rows, random).entries()) {
        if (chunk.weights) for (const [n, weight] of chunk.weights.entries()) weights[n]! *= weight;
        kernel.addChunk({ ...chunk, weights }, one.zero());
        statistics.counts[k]! += one.counts[0]!;
        add(statistics.first[k]!, one.first[0]!);
        add(statistics.second[k]!, one.second[0]!);
      }
      statistics.addRows(chunk.rows, chunk.weights ? sum(chunk.weights) : chunk.rows, 0);
    }
    kernel.close();
    const entering = Float64Array.from({ length: components * dimensions }, (_, i) => mean[i % dimensions]!);
    return mStep(stageOf(ground, 'gmm', components), statistics, entering);
  },
};

/** For each component a share of each row; those of a row sum to 1. */
function randomShares(components: number, rows: number, random: Random): Float64Array[] {
  const shares = Array.from({ length: components }, () => new Float64Array(rows));
  for (let n = 0; n < rows; n++) {
    let sum = 0;
    for (const share of shares) sum += share[n] = uniformFloat64(random);
    for (const share of shares) share[n]! /= sum;
  }
  return shares;
}

function add(sums: Float64Array, values: Float64Array): void {
  for (let i = 0; i < sums.length; i++) sums[i]! += values[i]!;
}

/**
 * One Gaussian of all rows; then the heaviest components are split along their main axes, with some EM on the sample after
 * each round, until there are enough: as speech recognisers grow their mixtures (Young et al., The HTK Book, chapter 10.6).
 */
const splitting: Init = {
  givesComponents: true,
  async begin(ground) {
    const { pool, sample, weight, mean, spread, mixture, signal, journal } = ground;
    const one = { means: mean, covariances: spread, counts: Float64Array.of(weight) };
    let before: Pick<Parameters, 'means' | 'covariances' | 'counts'> = journal.resume() ?? one;
    let now = before;
    journal.keep(() => before);
    while (now.counts.length < mixture.components) {
      const splits = Math.max(1, Math.floor(now.counts.length * SPLIT_SHARE));
      now = split(mixture, now, Math.min(splits, mixture.components - now.counts.length));
      const stage = stageOf(ground, 'gmm', now.counts.length);
      const start = parametersFrom(stage, now.means, now.covariances, now.counts);
      const task = { pool, mixture: stage, start, source: sample, journal: journal.inside('fit') };
      now = (await fit(task, AFTER_SPLIT, { signal })).parameters;
      before = now;
      journal.end('fit');
    }
    return now;
  },
};

/** The ways to begin that can be asked for by name. */
export const inits = {
  'k-means': kMeans,
  'k-means++': seeded(kMeansPlusPlus),
  'afk-mc2': seeded(markovChain),
  random: seeded(randomRows),
  'random-responsibilities': randomResponsibilities,
  gmm: firstStage('gmm'),
  vbgmm: firstStage('vbgmm'),
  splitting,
} satisfies Record<string, Init>;

/** How a fit is initialized; see the setting `init`. */
export type InitName = keyof typeof inits;

/** A mixture of another model and number of components, with the default prior. */
function stageOf({ mixture, mean, spread }: Ground, model: ModelName, components: number): Mixture {
  const stage: Mixture = { ...mixture, model, components, weightPrior: { alpha0: 1 / components, discount: 0 } };
  if (!rowOf(stage).components.variational) return stage;
  return { ...stage, componentPrior: componentPrior(covarianceOf(mixture), mean, spread, {}) };
}

/** The heaviest components become two each, on either side of their mean. */
function split(
  mixture: Mixture,
  { means, covariances, counts }: Pick<Parameters, 'means' | 'covariances' | 'counts'>,
  times: number,
): Pick<Parameters, 'means' | 'covariances' | 'counts'> {
  const type = covarianceOf(mixture);
  const { dimensions } = mixture;
  const size = type.size(dimensions);
  const groups = groupsOf(covariances, size);
  const heaviest = [...counts.keys()].sort((a, b) => counts[b]! - counts[a]!).slice(0, times);
  const all = { means: [...means], covariances: [...covariances], counts: [...counts] };
  for (const k of heaviest) {
    const group = groups[type.shared ? 0 : k]!;
    const axis = mainAxis(Matrix.from1DArray(dimensions, dimensions, type.toMatrix(group, dimensions)));
    for (const [j, step] of axis.entries()) {
      all.means.push(all.means[k * dimensions + j]! + HALF_APART * step);
      all.means[k * dimensions + j]! -= HALF_APART * step;
    }
    all.counts[k]! /= 2;
    all.counts.push(all.counts[k]!);
    if (!type.shared) for (const value of group) all.covariances.push(value);
  }
  return {
    means: Float64Array.from(all.means),
    covariances: Float64Array.from(all.covariances),
    counts: Float64Array.from(all.counts),
  };
}

/** The eigenvector of the largest eigenvalue, as long as the deviation along it. */
function mainAxis(covariance: Matrix): number[] {
  const { realEigenvalues, eigenvectorMatrix } = new EigenvalueDecomposition(covariance, { assumeSymmetric: true });
  const most = realEigenvalues.reduce((best, value, i) => (value > realEigenvalues[best]! ? i : best), 0);
  const deviation = Math.sqrt(realEigenvalues[most]!);
  return eigenvectorMatrix.getColumn(most).map((value) => value * deviation);
}
