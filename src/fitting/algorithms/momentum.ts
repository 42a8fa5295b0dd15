// Momentum: parameters extrapolated ahead of the statistics, as far as the bound allows.
import { covarianceOf, type Mixture, mStep, type Parameters } from '../../mixture/mixture.ts';
import type { Statistics } from '../../mixture/statistics.ts';

/** How much of a component's count and covariance a step ahead has to leave. */
const LEAST_LEFT = 0.5;

/**
 * The parameters of statistics that are a step further on, `statistics + factor · velocity` (all about the `means`): for
 * each component so far as its count and its covariance stay well away from zero, else where the statistics are (`here`).
 */
export function ahead(
  mixture: Mixture,
  here: Parameters,
  statistics: Statistics,
  velocity: Statistics,
  factor: number,
  means: Float64Array,
): Parameters {
  const { components } = mixture;
  const further = statistics.copy();
  for (let k = 0; k < components; k++) {
    if (canGo(statistics.counts[k]!, velocity.counts[k]!, factor)) advance(further, velocity, k, factor);
  }
  if (covarianceOf(mixture).shared) advanceShared(further, velocity, factor);
  const there = mStep(mixture, further, means);
  const sound = soundComponents(mixture, here, there);
  if (sound.every(Boolean)) return there;
  if (covarianceOf(mixture).shared) return here;
  for (let k = 0; k < components; k++) if (!sound[k]) restore(further, statistics, k);
  return mStep(mixture, further, means);
}

const canGo = (count: number, speed: number, factor: number): boolean => Math.abs(factor * speed) <= LEAST_LEFT * count;

function advance(further: Statistics, velocity: Statistics, k: number, factor: number): void {
  further.counts[k]! += factor * velocity.counts[k]!;
  addTimes(further.first[k]!, velocity.first[k]!, factor);
  if (!further.shape.covariance.shared) addTimes(further.second[k]!, velocity.second[k]!, factor);
}

function advanceShared(further: Statistics, velocity: Statistics, factor: number): void {
  addTimes(further.second[0]!, velocity.second[0]!, factor);
}

function restore(further: Statistics, statistics: Statistics, k: number): void {
  further.counts[k] = statistics.counts[k]!;
  further.first[k]!.set(statistics.first[k]!);
  further.second[k]!.set(statistics.second[k]!);
}

function addTimes(numbers: Float64Array, others: Float64Array, times: number): void {
  for (let i = 0; i < numbers.length; i++) numbers[i]! += times * others[i]!;
}

/** Of each group of covariances, whether it is more than that part of the one here in all directions. */
function soundComponents(mixture: Mixture, here: Parameters, there: Parameters): boolean[] {
  const type = covarianceOf(mixture);
  const { dimensions } = mixture;
  const size = type.size(dimensions);
  if (size === 0) return [];
  const rest = new Float64Array(size);
  const factor = new Float64Array(size);
  return Array.from({ length: here.covariances.length / size }, (_, g) => {
    for (let i = 0, at = g * size; i < size; i++, at++) {
      rest[i] = there.covariances[at]! - LEAST_LEFT * here.covariances[at]!;
    }
    return type.factorise(rest, dimensions, factor).singularColumn === undefined;
  });
}
