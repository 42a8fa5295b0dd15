import { Matrix } from 'ml-matrix';
import { describe, expect, test } from 'vitest';
import {
  DPVariationalGaussianMixture,
  GaussianMixture,
  KMeans,
  PYPVariationalGaussianMixture,
  VariationalGaussianMixture,
} from '../../../src/estimator.ts';
import type { GaussianNumbers, VariationalNumbers } from '../../../src/storage/models/from-numbers.ts';
import { randomModel } from '../../helpers/models.ts';
import { normwise } from '../../helpers/parameters.ts';
import { problem } from '../../helpers/problems.ts';
import { rows } from '../../helpers/table.ts';
import { fc, runs } from '../../setup/properties.ts';

const seeds = fc.integer({ min: 1, max: 2 ** 30 });
const estimators = {
  gmm: GaussianMixture,
  vbgmm: VariationalGaussianMixture,
  dpgmm: DPVariationalGaussianMixture,
  pypgmm: PYPVariationalGaussianMixture,
} as const;

describe.each(rows.filter(({ model }) => model !== 'kmeans'))('$label', ({ model: name, covariance, ...row }) => {
  test('a model of its own numbers gives the same, of covariances and of precisions', () =>
    fc.assert(
      fc.asyncProperty(seeds, async (seed) => {
        const model = await randomModel({ ...row, model: name, covariance }, seed);
        const { mixture, parameters } = model.state;
        const { componentPrior, weightPrior } = mixture;
        const isShared = covariance!.startsWith('tied');
        const matrices = isShared ? model.covariances.slice(0, 1) : model.covariances;
        const laidOut = (of: Matrix[]) => {
          if (covariance === 'full') return of;
          if (covariance === 'tied') return of[0]!;
          const diagonals = of.map((matrix) => matrix.diagonal());
          if (covariance === 'diagonal') return diagonals;
          if (covariance === 'tied-diagonal') return diagonals[0]!;
          return diagonals.map(([variance]) => variance!);
        };
        const inverses = matrices.map((matrix) => inverseOf(matrix));
        const prior = componentPrior && {
          ...{ alpha0: weightPrior.alpha0, beta0: componentPrior.beta0, nu0: componentPrior.nu0 },
          meansPrior: componentPrior.mean,
          inversePrecisionPrior: priorScale(covariance, componentPrior.scale, model.dimensions),
          ...(name === 'pypgmm' ? { discount: weightPrior.discount } : {}),
        };
        for (const given of [{ covariances: laidOut(matrices) }, { precisions: laidOut(inverses) }]) {
          const numbers = { means: model.means, counts: model.counts, covariance, ...prior, ...given };
          const made = estimators[name as keyof typeof estimators].from(numbers as VariationalNumbers);
          expect(made.kind).toBe(name);
          expect(made.covarianceType).toBe(covariance);
          for (const [key, values] of Object.entries(parameters)) {
            if (values === undefined) continue;
            const own = (made.state.parameters as unknown as Record<string, Float64Array>)[key]!;
            expect(normwise(own, values as Float64Array), key).toBeLessThan(1e-9);
          }
          if (componentPrior)
            expect(normwise(made.state.mixture.componentPrior!.scale, componentPrior.scale)).toBeLessThan(1e-12);
          const some = problem(seed)
            .rows.slice(0, 20)
            .map((each) => [...each]);
          const [ours, theirs] = [await made.predict(some), await model.predict(some)];
          expect(normwise(ours.logProbabilities!, theirs.logProbabilities!)).toBeLessThan(1e-9);
        }
      }),
      runs(4),
    ));
});

/** By Gauss–Jordan, which the library does not use. */
function inverseOf(matrix: Matrix): Matrix {
  const order = matrix.rows;
  const rows = matrix
    .to2DArray()
    .map((row, i) => [...row, ...Array.from({ length: order }, (_, j) => Number(i === j))]);
  for (let i = 0; i < order; i++) {
    const pivot = rows[i]![i]!;
    rows[i] = rows[i]!.map((value) => value / pivot);
    for (let k = 0; k < order; k++) {
      if (k === i) continue;
      const factor = rows[k]![i]!;
      rows[k] = rows[k]!.map((value, j) => value - factor * rows[i]![j]!);
    }
  }
  return new Matrix(rows.map((row, i) => row.slice(order).map((value, j) => (value + rows[j]![order + i]!) / 2)));
}

function priorScale(covariance: string | undefined, scale: Float64Array, dimensions: number) {
  if (covariance === 'diagonal' || covariance === 'tied-diagonal') return scale;
  if (covariance === 'spherical' || covariance === 'tied-spherical') return [scale[0]!];
  return Array.from({ length: dimensions }, (_, i) =>
    Array.from({ length: dimensions }, (_, j) => scale[(Math.max(i, j) * (Math.max(i, j) + 1)) / 2 + Math.min(i, j)]!),
  );
}

describe('the covariance type follows from the shape', () => {
  const weights = [0.5, 0.25, 0.25];
  const means = [
    [0, 0],
    [4, 4],
    [8, 0],
  ];
  const identity = [
    [1, 0],
    [0, 1],
  ];
  test.each([
    ['full', [identity, identity, identity]],
    ['full', [new Matrix(identity), new Matrix(identity), new Matrix(identity)]],
    ['full', Float64Array.of(1, 0, 0, 1, 1, 0, 0, 1, 1, 0, 0, 1)],
    [
      'diagonal',
      [
        [1, 1],
        [1, 1],
        [1, 1],
      ],
    ],
    ['diagonal', new Matrix(3, 2).fill(1)],
    ['diagonal', [Float32Array.of(1, 1), [1, 1], Int8Array.of(1, 1)]],
    ['diagonal', new Float32Array(6).fill(1)],
    ['spherical', [1, 1, 1]],
    ['spherical', Float64Array.of(1, 1, 1)],
    ['tied', identity],
    ['tied', new Matrix(identity)],
  ] as const)('%s: %j', (expected, covariances) => {
    const model = GaussianMixture.from({ weights, means, covariances } as GaussianNumbers);
    expect(model.covarianceType).toBe(expected);
    for (const matrix of model.covariances) expect(matrix.to2DArray()).toEqual(identity);
    expect([...model.weights]).toEqual(weights);
  });

  test('two shapes in one are to be told apart', () => {
    const two = {
      weights: [0.5, 0.5],
      means: [
        [0, 0],
        [4, 4],
      ],
      covariances: identity.map((row) => row.map((v) => v + 1)),
    };
    expect(() => GaussianMixture.from(two)).toThrow(
      'covariances: received 2 × 2, which may be diagonal or tied: say covariance',
    );
    expect(GaussianMixture.from({ ...two, covariance: 'diagonal' }).covariances[0]!.to2DArray()).toEqual([
      [2, 0],
      [0, 1],
    ]);
    expect(
      GaussianMixture.from({
        ...two,
        covariances: [
          [2, 1],
          [1, 2],
        ],
        covariance: 'tied',
      }).covarianceType,
    ).toBe('tied');
    expect(
      GaussianMixture.from({ weights: [1], means: [3], covariances: [[2]] })
        .covariance(0)
        .get(0, 0),
    ).toBe(2);
  });
});

test('wrong numbers are named, with the component and what was expected', () => {
  const right: GaussianNumbers = {
    weights: [0.5, 0.5],
    means: [
      [0, 1, 2],
      [4, 5, 6],
    ],
    covariances: [1, 2],
  };
  const from = (changed: object) => () => GaussianMixture.from({ ...right, ...changed });
  expect(
    from({
      means: [
        [0, 1, 2],
        [4, 5],
      ],
    }),
  ).toThrow('means of component 1: received 2, expected 3, as for component 0');
  expect(
    from({
      means: [
        [0, 1, 2],
        [4, 5, Number.NaN],
      ],
    }),
  ).toThrow('means of component 1: received NaN, expected a finite number');
  expect(from({ means: [[0, 1, 2], Float64Array.of(4, 5, Number.NaN)] })).toThrow('means of component 1: received NaN');
  expect(
    from({
      means: new Matrix([
        [1, 2, 3],
        [4, 5, Number.POSITIVE_INFINITY],
      ]),
    }),
  ).toThrow('means of component 1: received Infinity');
  expect(from({ means: 'x' })).toThrow('means: received "x", expected numbers');
  expect(from({ means: [] })).toThrow('means: received [], expected numbers');
  expect(from({ weights: [0.5, 0.6] })).toThrow('weights: received numbers with the sum 1.1, expected 1');
  expect(from({ weights: [1.5, -0.5] })).toThrow('weights of component 1: received -0.5, expected a number ≥ 0');
  expect(from({ weights: [1] })).toThrow('weights: received 1 numbers for 2 components: give one for each');
  expect(from({ weights: undefined })).toThrow('weights: received none');
  expect(from({ covariances: [1, 2, 3] })).toThrow(
    'covariances: received 3, expected 2 × 3 × 3 (full), 2 × 3 (diagonal), 2 (spherical), 3 × 3 (tied)',
  );
  expect(from({ covariances: [1, 0] })).toThrow(
    'covariances of component 1: received what is 0 on the diagonal, expected a number > 0',
  );
  expect(
    from({
      covariances: [
        [1, 2, 3],
        [1, 2, -3],
      ],
    }),
  ).toThrow('covariances of component 1: received what is -3 on the diagonal');
  const indefinite = [
    [1, 2, 0],
    [2, 1, 0],
    [0, 0, 1],
  ];
  expect(from({ covariances: indefinite })).toThrow('covariances: received what is not positive definite (column 2)');
  expect(
    from({
      covariances: [
        [1, 2, 0],
        [0, 1, 0],
        [0, 0, 1],
      ],
    }),
  ).toThrow('is not symmetric: row 2, column 1 is 0, its mirror image 2');
  expect(from({ covariances: [1, 2], covariance: 'full' })).toThrow(
    'covariances: received 2, expected 2 × 3 × 3 for the type full',
  );
  expect(from({ precisions: [1, 2] })).toThrow('covariances, precisions: received both, expected one of the two');
  expect(from({ covariances: undefined })).toThrow('covariances, precisions: received none');
  expect(from({ centres: 1 })).toThrow('there is no option centres');
  expect(from({ rows: -1 })).toThrow('rows: received -1, expected a number > 0');
  expect(() => VariationalGaussianMixture.from(right)).toThrow('give counts, or rows: N beside the weights');
  expect(() => VariationalGaussianMixture.from({ ...right, rows: 10, nu0: 0 })).toThrow('nu0: received 0');
  expect(() => PYPVariationalGaussianMixture.from({ ...right, rows: 10, discount: 1 })).toThrow('discount: received 1');
  expect(() => KMeans.from([1, 2])).toThrow('means: received 2, expected K × D');
});

test('the default prior is that of the moments of the mixture', () => {
  const numbers = {
    counts: [30, 10],
    means: [
      [0, 0],
      [4, 8],
    ],
    covariances: [
      [1, 2],
      [3, 4],
    ],
    covariance: 'diagonal',
  } as const;
  const { mixture } = VariationalGaussianMixture.from(numbers).state;
  expect([...mixture.componentPrior!.mean]).toEqual([1, 2]);
  // within: (3·1 + 3)/4, (3·2 + 4)/4; between: (3·1 + 9)/4, (3·4 + 36)/4
  expect([...mixture.componentPrior!.scale]).toEqual([1.5 + 3, 2.5 + 12]);
  expect(mixture.componentPrior).toMatchObject({ beta0: 1, nu0: 2 });
  expect(mixture.weightPrior).toEqual({ alpha0: 0.5, discount: 0 });
  const { covariance: _, ...rest } = numbers;
  const spherical = VariationalGaussianMixture.from({ ...rest, covariances: [1, 3] }).state.mixture;
  expect(spherical.componentPrior!.scale[0]).toBeCloseTo(1.5 + (3 + 12) / 2, 12);
});

test('a component without weight is never chosen', async () => {
  const model = GaussianMixture.from({ weights: [1, 0], means: [[0], [5]], covariances: [1, 1] });
  const { labels } = await model.predict([[0], [2.6]]);
  expect([...labels]).toEqual([0, 0]);
});

test('a fit continues from numbers', async () => {
  const model = GaussianMixture.from({
    weights: [0.5, 0.5],
    means: [
      [0, 0],
      [6, 6],
    ],
    covariances: [1, 1],
  });
  const { rows: data } = problem(7);
  const wide = data.map((row) => [row[0]!, row[0]! + 1]);
  const fitted = await new GaussianMixture({ init: model, iterations: 2 }).fit(wide, { onWarning: () => {} });
  expect(fitted.criterion[2]!).toBeGreaterThan(fitted.criterion[0]!);
});
