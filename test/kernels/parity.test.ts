import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { AssignmentName } from '../../src/assignment.ts';
import type { Chunk } from '../../src/chunk.ts';
import { type CovarianceName, covarianceTypes } from '../../src/covariance/index.ts';
import { type KernelName, kernelFor } from '../../src/kernels/index.ts';
import type { Precision } from '../../src/kernels/precision.ts';
import { type Pass, statisticsOf } from '../../src/pass.ts';
import type { Statistics } from '../../src/statistics.ts';
import { otherKernels } from '../helpers/kernels.ts';
import { normals } from '../helpers/random.ts';
import { runs } from '../setup/properties.ts';
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
  moments: fc.constantFrom<CovarianceName | null | undefined>('full', 'diagonal', 'spherical', 'tied', null, undefined),
  assignment: fc.constantFrom<AssignmentName>('soft', 'hard'),
  isDouble: fc.boolean(),
  isWeighted: fc.boolean(),
  hasEvidence: fc.boolean(),
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
  const weights = isWeighted ? draw(rows, 1).map(Math.abs) : undefined;
  const chunk = { data: isDouble ? data : Float32Array.from(data), rows, dimensions, weights, part: 0 };
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

describe.each(otherKernels)('kernel %s', (name) => {
  test('f64 agrees with JavaScript to rounding', () => {
    fc.assert(
      fc.property(problems, (shape) => {
        const one = problem(shape);
        const { pass, chunk } = one;
        const expected = scored('js', 'f64', one);
        const actual = scored(name, 'f64', one);
        const { densities, logNormalisers } = expected;
        // both kernels are off by as much as rounding in doubles allows
        const ofDensities = densityBounds(pass, chunk, UNIT.f64).map((bound) => 2 * bound);
        const ofNormalisers = logNormaliserBounds(pass, densities, logNormalisers, ofDensities);
        const { components } = pass.scorer;
        expectWithin(actual.densities, densities, (i) => ofDensities[i]!, 'density');
        expectWithin(actual.logNormalisers, logNormalisers, (n) => ofNormalisers[n]!, 'log normaliser');
        expectWithin(actual.normalised, expected.normalised, (n) => ofNormalisers[n]!, 'log normaliser alone');
        for (const [n, label] of actual.labels.entries()) {
          const [own, theirs] = [label, expected.labels[n]!].map((k) => n * components + k) as [number, number];
          // another component only where rounding decides, and of the density that it has
          const gap = densities[theirs]! - densities[own]!;
          if (!(gap <= ofDensities[own]! + ofDensities[theirs]!)) expect(label, `label ${n}`).toBe(expected.labels[n]);
          const bound = gap + ofDensities[own]!;
          expectWithin([actual.highest[n]!], [expected.highest[n]!], () => bound, `highest density of row ${n}`);
        }
        if (!pass.moments) return;
        const bounds = statisticsBounds(
          pass,
          chunk,
          densities,
          logNormalisers,
          { densities: ofDensities, logNormalisers: ofNormalisers },
          2,
        );
        compareStatistics(actual.statistics, expected.statistics, bounds, pass);
      }),
      runs(400),
    );
  });

  test('f32 agrees with JavaScript to the rounding of floats', () => {
    fc.assert(
      fc.property(problems, (shape) => {
        const one = problem({ ...shape, offset: 0, smallest: 1, assignment: 'soft' });
        const expected = scored('js', 'f64', one);
        const actual = scored(name, 'f32', one);
        const { densities, logNormalisers } = expected;
        const bounds = densityBounds(one.pass, one.chunk, UNIT.f32).map((bound) => (1 + 2 ** -20) * bound);
        const ofNormalisers = logNormaliserBounds(one.pass, densities, logNormalisers, bounds);
        expectWithin(actual.densities, densities, (i) => bounds[i]!, 'density');
        expectWithin(actual.logNormalisers, logNormalisers, (n) => ofNormalisers[n]!, 'log normaliser');
      }),
      runs(200),
    );
  });

  test.each(['full', 'diagonal', 'spherical'] as const)('%s: rows too far away for floats', (form) => {
    const shape = { seed: 5, dimensions: 13, components: 10, rows: 127, form, offset: 0, smallest: 1 } as const;
    const rest = { isWhitened: false, moments: form, assignment: 'soft', isDouble: true, isWeighted: false } as const;
    const { pass, chunk } = problem({ ...shape, ...rest, hasEvidence: true });
    for (const [n, size] of [
      1e4, 1e9, 1e12, 1e18, 1e19, 1e20, 1e30, 1e38, 1e39, 1e100, 1e153, 1e160, 1e300,
    ].entries()) {
      for (let j = 0; j < 13; j++) chunk.data[n * 13 + j] = (j % 2 ? 1 : -1) * size * (1 + j / 100);
    }
    const expected = scored('js', 'f64', { pass, chunk });
    for (const precision of ['f64', 'f32'] as const) {
      const actual = scored(name, precision, { pass, chunk });
      for (const [n, value] of expected.normalised.entries()) {
        if (!Number.isFinite(value)) expect(Number.isFinite(actual.normalised[n])).toBe(false);
        else if (precision === 'f64' || n >= 4) {
          expect(Math.abs(actual.normalised[n]! / value - 1), `row ${n}`).toBeLessThan(
            precision === 'f64' ? 1e-12 : 1e-4,
          );
        }
      }
    }
  });
});
