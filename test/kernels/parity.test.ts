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
  dimensions: fc.constantFrom(1, 2, 3, 4, 5, 7, 8, 13, 16, 39),
  components: fc.constantFrom(1, 2, 3, 10),
  rows: fc.constantFrom(1, 2, 7, 8, 9, 127, 128, 129, 300),
  form: fc.constantFrom<CovarianceName>('full', 'diagonal', 'spherical'),
  isWhitened: fc.boolean(),
  moments: fc.constantFrom<CovarianceName | null | undefined>('full', 'diagonal', 'spherical', 'tied', null, undefined),
  assignment: fc.constantFrom<AssignmentName>('soft', 'hard'),
  isDouble: fc.boolean(),
  isWeighted: fc.boolean(),
  offset: fc.constantFrom(0, 1000),
});

function problem(shape: typeof problems extends fc.Arbitrary<infer T> ? T : never): Problem {
  const { seed, dimensions, components, rows, form, isWhitened, moments, assignment, isDouble, isWeighted } = shape;
  const normal = normals(seed);
  const draw = (length: number, scale: number, offset = 0): Float64Array =>
    Float64Array.from({ length }, () => offset + scale * normal());
  const factorOf = (): Float64Array => {
    const factor = draw(covarianceTypes[form].size(dimensions), 0.3);
    for (let i = 0; i < dimensions && form === 'full'; i++) factor[(i * (i + 3)) / 2]! += 2;
    return factor;
  };
  const triangle = (): Float64Array => draw((dimensions * (dimensions + 1)) / 2, 0.4);
  const means = draw(components * dimensions, 2, shape.offset);
  const centre = draw(dimensions, 1, shape.offset);
  const whitened = draw(components * dimensions, 2);
  const factors = Float64Array.from(Array.from({ length: components }, () => [...factorOf()]).flat());
  const data = draw(rows * dimensions, 2, shape.offset);
  return {
    pass: {
      scorer: {
        components,
        dimensions,
        form,
        means: isWhitened ? whitened : means,
        factors,
        constants: draw(components, 3),
        whitening: isWhitened ? { factor: triangle(), centre } : undefined,
      },
      assignment,
      moments: moments === undefined ? undefined : { covariance: moments, means },
    },
    chunk: {
      data: isDouble ? data : Float32Array.from(data),
      rows,
      dimensions,
      weights: isWeighted ? draw(rows, 1).map(Math.abs) : undefined,
      part: 0,
    },
  };
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
        expect(gap(actual.densities, expected.densities)).toBeLessThan(1e-12);
        expect(gap(actual.logNormalisers, expected.logNormalisers)).toBeLessThan(1e-12);
        expect(gap(actual.normalised, expected.normalised)).toBeLessThan(1e-12);
        expect(gap(actual.highest, expected.highest)).toBeLessThan(1e-12);
        expect(actual.labels).toEqual(expected.labels);
        const { counts, first, second } = expected.statistics;
        expect(gap(actual.statistics.values.subarray(0, 3), expected.statistics.values.subarray(0, 3))).toBeLessThan(
          1e-12,
        );
        // responsibilities are off by as much as the log densities that they are exponentials of
        const rounding = 1e-9 + 1e-12 * Math.max(...expected.densities.map(Math.abs));
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
        const one = problem({ ...shape, offset: 0, assignment: 'soft' });
        const expected = scored('js', 'f64', one);
        const actual = scored(name, 'f32', one);
        expect(gap(actual.densities, expected.densities)).toBeLessThan(2e-5);
        expect(gap(actual.logNormalisers, expected.logNormalisers)).toBeLessThan(2e-5);
      }),
      { numRuns: 200 },
    );
  });
});
