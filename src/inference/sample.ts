// Rows drawn from a model.
import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';
import { type Chunk, NO_PART, rowsPerChunk } from '../chunk.ts';
import { SettingError } from '../errors.ts';
import { factoriseGroups } from '../mixture/compile.ts';
import { centroids } from '../mixture/components/centroids.ts';
import { covarianceOf, type Mixture, type Parameters, rowOf } from '../mixture/mixture.ts';
import { freedomOf, isHeavyTailed, isProduct, type Scorer } from '../mixture/scorer.ts';
import { type OptionTable, whole } from '../util/options.ts';
import { gammas, normals, type Random, randomFor } from '../util/random.ts';
import { shown } from '../util/shown.ts';
import { cumulative, firstAbove } from '../util/vector.ts';

/** Rows drawn from a model. */
export interface Sample extends Chunk {
  /** Index, from 0, of the component that each row was drawn from. */
  readonly labels: Int32Array;
}

/** Options of `MixtureModel.sample`. */
export interface SampleOptions {
  /** Random seed, a whole number ≥ 0; default 0. The same seed gives the same rows. */
  readonly seed?: number | undefined;
}

export const sampleOptions = { seed: whole(0) } satisfies OptionTable<SampleOptions>;

/**
 * Draws rows from the density of a model: a component by the expected weights, then a row of its Gaussian or, in variational models, of its
 * Student-t distribution, which is a Gaussian whose covariance is divided by a gamma-distributed number.
 *
 * @throws SettingError for K-means, which has no density, and for a number of rows that is none.
 */
export function* sample(
  mixture: Mixture,
  parameters: Parameters,
  density: Scorer,
  rows: number,
  seed: number,
): Generator<Sample> {
  const { dimensions } = mixture;
  const { weights, components } = rowOf(mixture);
  if (components === centroids)
    throw new SettingError('not-offered', `a ${mixture.model} has no density to sample from`);
  for (const [name, value] of Object.entries({ rows, seed })) {
    if (Number.isSafeInteger(value) && value >= 0) continue;
    throw new SettingError('bad-setting', `${name}: received ${shown(value)}, expected a whole number ≥ 0`, {
      setting: name,
    });
  }
  const type = covarianceOf(mixture);
  const { factors } = factoriseGroups(mixture, parameters);
  const bounds = cumulative(weights.expected(parameters)).fill(1, mixture.components - 1);
  const random = randomFor('sample', seed);
  const normal = normals(random);
  const stretch = stretching(density, random, normal);
  const [white, row] = [new Float64Array(dimensions), new Float64Array(dimensions)];
  const capacity = rowsPerChunk(dimensions);
  for (let done = 0; done < rows; done += capacity) {
    const count = Math.min(capacity, rows - done);
    const data = new Float64Array(count * dimensions);
    const labels = new Int32Array(count);
    for (let n = 0, at = 0; n < count; n++) {
      const k = firstAbove(bounds, uniformFloat64(random));
      for (let j = 0; j < dimensions; j++) white[j] = normal();
      stretch?.(k, white);
      type.unwhiten(factors[type.shared ? 0 : k]!, white, row);
      for (let j = 0; j < dimensions; j++) data[at++] = parameters.means[k * dimensions + j]! + row[j]!;
      labels[n] = k;
    }
    yield { data, labels, rows: count, dimensions, part: NO_PART };
  }
}

/** Makes white Gaussian numbers Student-t distributed, if the density is: by one gamma-distributed number, or one per dimension. */
function stretching(
  density: Scorer,
  random: Random,
  normal: () => number,
): ((k: number, white: Float64Array) => void) | undefined {
  if (!isHeavyTailed(density)) return undefined;
  const gamma = gammas(random, normal);
  const { rates } = density.tails;
  const ofEach = isProduct(density);
  return (k, white) => {
    const shape = freedomOf(density, k) / 2;
    let scale = 1;
    for (let j = 0; j < white.length; j++) {
      if (j === 0 || ofEach) scale = 1 / Math.sqrt(2 * rates[k]! * gamma(shape));
      white[j]! *= scale;
    }
  };
}
