import { describe, expect, test } from 'vitest';
import type { Chunk } from '../../src/chunk.ts';
import { NO_PART } from '../../src/chunk.ts';
import { type KernelName, kernelFor } from '../../src/kernels/index.ts';
import type { Precision } from '../../src/kernels/precision.ts';
import type { AssignmentName } from '../../src/mixture/assignment.ts';
import { type CovarianceName, covarianceTypes } from '../../src/mixture/covariance/index.ts';
import { type Pass, statisticsOf } from '../../src/mixture/pass.ts';
import type { Statistics } from '../../src/mixture/statistics.ts';
import { otherKernels } from '../helpers/kernels.ts';
import { normals } from '../helpers/random.ts';
import { fc, runs } from '../setup/properties.ts';
import { densityBounds, logNormaliserBounds, type StatisticsBounds, statisticsBounds, UNIT } from './bounds.ts';

// Every kernel against the JavaScript one, to what rounding can do: see bounds.ts.
interface Problem {
  readonly pass: Pass;
  readonly chunk: Chunk;
}

const problems = fc.record({
  seed: fc.integer({ min: 1, max: 1e6 }),
  dimensions: fc.constantFrom(1, 2, 3, 4, 5, 7, 8, 13, 16, 39, 80),
  components: fc.constantFrom(1, 2, 3, 10, 40),
  rows: fc.constantFrom(1, 2, 7, 8, 9, 127, 128, 129, 300, 2000),
  form: fc.constantFrom<CovarianceName>('full', 'diagonal', 'spherical'),
  isWhitened: fc.boolean(),
  moments: fc.constantFrom<CovarianceName | null | undefined>(
    ...(Object.keys(covarianceTypes) as CovarianceName[]),
    null,
    undefined,
  ),
  assignment: fc.constantFrom<AssignmentName>('soft', 'hard'),
  isDouble: fc.boolean(),
  isWeighted: fc.boolean(),
  hasEvidence: fc.boolean(),
  /** The degrees of freedom of Student-t distributions, if that is what components are. */
  freedom: fc.constantFrom(undefined, 1, 50, 1e4, 1e9),
  /** How much smaller than the others the last component's deviations are. */
  smallest: fc.constantFrom(1, 1e-3, 1e-6),
  offset: fc.constantFrom(0, 1000),
});

function problem(shape: typeof problems extends fc.Arbitrary<infer T> ? T : never): Problem {
  const { seed, dimensions, components, rows, form, isWhitened, moments, assignment, isDouble, isWeighted } = shape;
  const normal = normals(seed);
  const type = covarianceTypes[form];
  const size = type.size(dimensions);
  const draw = (length: number, scale: number, offset = 0): Float64Array =>
    Float64Array.from({ length }, () => offset + scale * normal());
  const means = draw(components * dimensions, 2, shape.offset);
  const factors = new Float64Array(components * size);
  const deviations = new Float64Array(components * dimensions);
  for (let k = 0; k < components; k++) {
    const covariance = new Float64Array(size);
    const scale = k === components - 1 ? shape.smallest : 1;
    type.addIdentity(covariance, dimensions, 0.2 * scale ** 2);
    for (let i = 0; i < 3; i++) type.addOuter(covariance, draw(dimensions, 0.5), scale ** 2);
    type.factorise(covariance, dimensions, factors.subarray(k * size, (k + 1) * size));
    for (let j = 0; j < dimensions; j++) deviations[k * dimensions + j] = Math.sqrt(type.variance(covariance, j));
  }
  const data = draw(rows * dimensions, 2, shape.offset);
  // some rows are where components are
  for (let n = 0; n < rows; n += 3) {
    const k = n % components;
    for (let j = 0; j < dimensions; j++) {
      const at = k * dimensions + j;
      data[n * dimensions + j] = means[at]! + deviations[at]! * normal();
    }
  }
  const whitening = {
    factor: draw((dimensions * (dimensions + 1)) / 2, 0.4),
    centre: draw(dimensions, 1, shape.offset),
  };
  const scorer = {
    components,
    dimensions,
    form,
    means: isWhitened ? draw(components * dimensions, 2) : means,
    factors,
    constants: draw(components, 3),
    whitening: isWhitened ? whitening : undefined,
  };
  if (shape.freedom !== undefined) {
    const freedoms = Float64Array.from({ length: components }, () => shape.freedom! * Math.exp(normal()));
    const repeats = form === 'diagonal' ? 1 : dimensions;
    Object.assign(scorer, {
      tails: {
        rates: freedoms.map((freedom) => 0.9 / freedom),
        exponents: freedoms.map((freedom) => (freedom + repeats) / 2),
      },
    });
  }
  const weights = isWeighted ? draw(rows, 1).map(Math.abs) : undefined;
  const chunk = { data: isDouble ? data : Float32Array.from(data), rows, dimensions, weights, part: NO_PART };
  const pass = { scorer, assignment, moments: moments === undefined ? undefined : { covariance: moments, means } };
  if (!shape.hasEvidence) return { pass, chunk };
  const counted = { scorer, assignment, moments: { covariance: null, means } };
  const counts = statisticsOf(counted);
  kernelFor(counted, { kernel: 'js', precision: 'f64' }).addChunk(chunk, counts);
  const shares = counts.counts.map((count) => count / counts.weight);
  return { pass: { ...pass, scorer: { ...scorer, evidence: { deviations, shares } } }, chunk };
}

/** That each number is as near to the expected one as its own bound says; `what` is for messages. */
function expectWithin(
  actual: ArrayLike<number>,
  expected: ArrayLike<number>,
  bound: (i: number) => number,
  what: string,
): void {
  expect(actual.length, what).toBe(expected.length);
  for (let i = 0; i < expected.length; i++) {
    const gap = Math.abs(actual[i]! - expected[i]!);
    if (!(gap <= bound(i)))
      expect.fail(`${what} ${i}: ${actual[i]} is ${gap} from ${expected[i]}, more than ${bound(i)}`);
  }
}

type Scores = ReturnType<typeof scored>;

function scored(kernelName: KernelName, precision: Precision, { pass, chunk }: Problem) {
  const kernel = kernelFor(pass, { kernel: kernelName, precision });
  const densities = new Float64Array(chunk.rows * pass.scorer.components);
  const logNormalisers = new Float64Array(chunk.rows);
  kernel.logDensities(chunk, densities, logNormalisers);
  const [labels, highest] = [new Float64Array(chunk.rows), new Float64Array(chunk.rows)];
  kernel.label(chunk, labels, highest);
  const normalised = new Float64Array(chunk.rows);
  kernel.logNormalise(chunk, normalised);
  const statistics = statisticsOf(pass);
  kernel.addChunk(chunk, statistics);
  kernel.addChunk(chunk, statistics);
  kernel.close();
  return { densities, logNormalisers, normalised, labels, highest, statistics };
}

/** Another component only where rounding decides, and then with the density that it has. */
function compareLabels(
  actual: Scores,
  { labels, highest, densities }: Scores,
  errors: Float64Array,
  components: number,
): void {
  for (const [n, label] of actual.labels.entries()) {
    const own = n * components + label;
    const theirs = n * components + labels[n]!;
    const gap = densities[theirs]! - densities[own]!;
    if (!(gap <= errors[own]! + errors[theirs]!)) expect(label, `label ${n}`).toBe(labels[n]);
    expectWithin([actual.highest[n]!], [highest[n]!], () => gap + errors[own]!, `highest density of row ${n}`);
  }
}

function compareStatistics(
  actual: Statistics,
  expected: Statistics,
  bounds: StatisticsBounds,
  { moments }: Pass,
): void {
  expect(actual.rows).toBe(expected.rows);
  const ofWeight = 2 * expected.rows * UNIT.f64 * expected.weight; // a sum of so many weights, in any order
  expectWithin([actual.weight], [expected.weight], () => ofWeight, 'weight');
  expectWithin([actual.logNormaliser], [expected.logNormaliser], () => bounds.logNormaliser, 'sum of log normalisers');
  expectWithin(actual.counts, expected.counts, (k) => bounds.counts[k]!, 'count');
  const type = covarianceTypes[moments!.covariance ?? 'tied'];
  const groups = type.shared ? [sumOf(bounds.second)] : bounds.second;
  for (const [k, first] of expected.first.entries()) {
    expectWithin(actual.first[k]!, first, (j) => bounds.first[k]![j]!, `first moment of ${k}`);
  }
  if (moments!.covariance === null) return;
  for (const [g, bound] of groups.entries()) {
    const roots = bound.map(Math.sqrt);
    const group = new Float64Array(expected.second[g]!.length);
    type.addOuter(group, roots, 1); // √(bound_i bound_j), or the sum of the diagonal, as the type lays it out
    expectWithin(actual.second[g]!, expected.second[g]!, (i) => group[i]! * (1 + 1e-12), `second moment of ${g}`);
  }
}

const sumOf = (rows: readonly Float64Array[]): Float64Array =>
  rows[0]!.map((_, j) => rows.reduce((sum, row) => sum + row[j]!, 0));

/** How far away rows are, the first 4 within the range of floats. */
const FAR = [1e4, 1e9, 1e12, 1e18, 1e19, 1e20, 1e30, 1e38, 1e39, 1e100, 1e153, 1e160, 1e300];
/** What src/kernels/screen/rounding.ts lets log densities be off by in floats. */
const MOST_OF_FLOATS = 2e-2;

test('f64: all kernels agree with JavaScript to rounding', () => {
  fc.assert(
    fc.property(problems, (shape) => {
      const one = problem(shape);
      const { pass, chunk } = one;
      const expected = scored('js', 'f64', one);
      const { densities, logNormalisers } = expected;
      // both kernels are off by as much as rounding in doubles allows
      const errors = { densities: densityBounds(pass, chunk, UNIT.f64).map((bound) => 2 * bound) };
      const normalisers = logNormaliserBounds(pass, densities, logNormalisers, errors.densities);
      const all = { ...errors, logNormalisers: normalisers };
      const bounds = pass.moments && statisticsBounds(pass, chunk, densities, logNormalisers, all, 2);
      for (const name of otherKernels) {
        const actual = scored(name, 'f64', one);
        expectWithin(actual.densities, densities, (i) => errors.densities[i]!, `${name} density`);
        expectWithin(actual.logNormalisers, logNormalisers, (n) => normalisers[n]!, `${name} log normaliser`);
        expectWithin(actual.normalised, expected.normalised, (n) => normalisers[n]!, `${name} log normaliser alone`);
        compareLabels(actual, expected, errors.densities, pass.scorer.components);
        if (bounds) compareStatistics(actual.statistics, expected.statistics, bounds, pass);
      }
    }),
    runs(250),
  );
});

test('f32: all kernels agree with JavaScript to the rounding of floats', () => {
  fc.assert(
    fc.property(problems, (shape) => {
      const one = problem({ ...shape, offset: 0, smallest: 1, assignment: 'soft' });
      const { densities, logNormalisers } = scored('js', 'f64', one);
      // the doubles of JavaScript add what is nothing beside it
      const bounds = densityBounds(one.pass, one.chunk, UNIT.f32).map((bound) => (1 + 2 ** -20) * bound);
      const normalisers = logNormaliserBounds(one.pass, densities, logNormalisers, bounds);
      for (const name of otherKernels) {
        const actual = scored(name, 'f32', one);
        expectWithin(actual.densities, densities, (i) => bounds[i]!, `${name} density`);
        expectWithin(actual.logNormalisers, logNormalisers, (n) => normalisers[n]!, `${name} log normaliser`);
      }
    }),
    runs(120),
  );
});

describe.each(otherKernels)('kernel %s', (name) => {
  const forms = (['full', 'diagonal', 'spherical'] as const).flatMap((form) =>
    ([undefined, 1, 50] as const).map((freedom) => ({ form, freedom })),
  );

  test.each(forms)('$form, freedom $freedom: rows too far away for floats', ({ form, freedom }) => {
    const shape = { seed: 5, dimensions: 13, components: 10, rows: 127, form, offset: 0, smallest: 1 } as const;
    const rest = { isWhitened: false, moments: form, assignment: 'soft', isDouble: true, isWeighted: false } as const;
    const { pass, chunk } = problem({ ...shape, ...rest, freedom, hasEvidence: true });
    for (const [n, size] of FAR.entries()) {
      for (let j = 0; j < 13; j++) chunk.data[n * 13 + j] = (j % 2 ? 1 : -1) * size * (1 + j / 100);
    }
    const expected = scored('js', 'f64', { pass, chunk });
    const ofDensities = densityBounds(pass, chunk, UNIT.f64).map((bound) => 2 * bound);
    const bounds = logNormaliserBounds(pass, expected.densities, expected.logNormalisers, ofDensities);
    for (const precision of ['f64', 'f32'] as const) {
      const actual = scored(name, precision, { pass, chunk });
      for (const [n, value] of expected.normalised.entries()) {
        if (!Number.isFinite(value)) {
          expect(Number.isFinite(actual.normalised[n])).toBe(false);
        } else {
          const isFar = n >= 4 && n < FAR.length; // beyond the range of floats: computed in doubles
          const isNear = n >= FAR.length; // components whose floats would be further off are computed in doubles
          const bound = precision === 'f64' || isFar ? bounds[n]! : bounds[n]! + MOST_OF_FLOATS;
          if (precision === 'f64' || isFar || isNear)
            expectWithin([actual.normalised[n]!], [value], () => bound, `row ${n}`);
        }
      }
    }
  });
});
