import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type AssignmentName, NEGLIGIBLE } from '../../src/assignment.ts';
import type { Chunk } from '../../src/chunk.ts';
import { type CovarianceName, covarianceTypes } from '../../src/covariance/index.ts';
import { type KernelName, kernelFor } from '../../src/kernels/index.ts';
import type { Precision } from '../../src/kernels/precision.ts';
import { type Pass, statisticsOf } from '../../src/pass.ts';
import { otherKernels } from '../helpers/kernels.ts';
import { normals } from '../helpers/random.ts';

// Every kernel against the JavaScript one: log densities to 1e-12 of the largest in the batch (f64), and what follows.
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
  const chunk = { data: isDouble ? data : Float32Array.from(data), rows, dimensions, weights, part: 0 };
  const pass = { scorer, assignment, moments: moments === undefined ? undefined : { covariance: moments, means } };
  if (!shape.hasEvidence) return { pass, chunk };
  const counted = { scorer, assignment, moments: { covariance: null, means } };
  const counts = statisticsOf(counted);
  kernelFor(counted, { kernel: 'js', precision: 'f64' }).addChunk(chunk, counts);
  const shares = counts.counts.map((count) => count / counts.weight);
  return { pass: { ...pass, scorer: { ...scorer, evidence: { deviations, shares } } }, chunk };
}

/** Largest difference. */
function furthest(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  let most = 0;
  for (let i = 0; i < expected.length; i++) most = Math.max(most, Math.abs(actual[i]! - expected[i]!));
  return most;
}

/** Largest difference over largest value. */
function gap(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  let most = 0;
  let largest = 1e-300;
  for (let i = 0; i < expected.length; i++) {
    most = Math.max(most, Math.abs(actual[i]! - expected[i]!));
    largest = Math.max(largest, Math.abs(expected[i]!));
  }
  return most / largest;
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

describe.each(otherKernels)('kernel %s', (name) => {
  test('f64 agrees with JavaScript to rounding', () => {
    fc.assert(
      fc.property(problems, (shape) => {
        const one = problem(shape);
        const expected = scored('js', 'f64', one);
        const actual = scored(name, 'f64', one);
        const largest = Math.max(...expected.densities.map(Math.abs));
        for (const name of ['densities', 'logNormalisers', 'normalised', 'highest'] as const) {
          expect(furthest(actual[name], expected[name]) / largest, name).toBeLessThan(1e-12);
        }
        expect(actual.labels).toEqual(expected.labels);
        const { counts, first, second } = expected.statistics;
        expect(gap(actual.statistics.values.subarray(0, 3), expected.statistics.values.subarray(0, 3))).toBeLessThan(
          1e-12,
        );
        // responsibilities are off by as much as the log densities that they are exponentials of
        const rounding = 1e-9 + 1e-12 * largest;
        expect(gap(actual.statistics.counts, counts)).toBeLessThan(rounding);
        const negligible = (one.chunk.rows * Math.exp(NEGLIGIBLE)) / 1e-10;
        for (const [k, count] of counts.entries()) {
          if (count < negligible) continue; // whether rows at the edge count is a matter of rounding
          expect(gap(actual.statistics.first[k]!, first[k]!)).toBeLessThan(rounding);
          expect(gap(actual.statistics.second[k]!, second[k]!)).toBeLessThan(rounding);
        }
      }),
      { numRuns: 400 },
    );
  });

  test('f32 agrees with JavaScript to the rounding of floats', () => {
    fc.assert(
      fc.property(problems, (shape) => {
        const one = problem({ ...shape, offset: 0, smallest: 1, assignment: 'soft' });
        const expected = scored('js', 'f64', one);
        const actual = scored(name, 'f32', one);
        expect(gap(actual.densities, expected.densities)).toBeLessThan(2e-5);
        expect(gap(actual.logNormalisers, expected.logNormalisers)).toBeLessThan(2e-5);
      }),
      { numRuns: 200 },
    );
  });

  const forms = (['full', 'diagonal', 'spherical'] as const).flatMap((form) =>
    ([undefined, 1, 50] as const).map((freedom) => ({ form, freedom })),
  );

  test.each(forms)('$form, freedom $freedom: rows too far away for floats', ({ form, freedom }) => {
    const shape = { seed: 5, dimensions: 13, components: 10, rows: 127, form, offset: 0, smallest: 1 } as const;
    const rest = { isWhitened: false, moments: form, assignment: 'soft', isDouble: true, isWeighted: false } as const;
    const { pass, chunk } = problem({ ...shape, ...rest, freedom, hasEvidence: true });
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
