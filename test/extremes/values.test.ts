import { describe, expect, test } from 'vitest';
import { collect, flatten } from '../helpers/collect.ts';
import { expectFiniteFile, fitWarned, flat, groups, meansOf } from '../helpers/extremes.ts';
import { temporaryDirectory } from '../helpers/files.ts';
import { kernels } from '../helpers/kernels.ts';
import { normwise } from '../helpers/parameters.ts';
import { estimator, type Row, rows } from '../helpers/table.ts';

// Numbers at the edge of what doubles hold: docs/reliability.md has a table of what happens.
const path = temporaryDirectory();
const ROWS = 240;
/** From 8 on, kernels leave out what does not matter; below, they do not. */
const DIMENSIONS = [3, 9] as const;

describe.each(rows)('$label', (row: Row) => {
  const isKMeans = row.covariance === undefined;
  const noFloor = isKMeans ? {} : { regCovar: 0 };
  const fixed = (dimensions: number, move: (value: number) => number = (value) => value) => ({
    init: { means: meansOf(dimensions).map((mean) => mean.map(move)) },
    iterations: 3,
    ...noFloor,
  });

  test.each(['1e6', '1e9'])('unit variance at offset %s is as at 0', async (text) => {
    const offset = Number(text);
    for (const dimensions of DIMENSIONS) {
      const data = groups(ROWS, dimensions);
      const move = (value: number): number => value + offset;
      const here = await estimator(row, fixed(dimensions)).fit({ data, dimensions });
      const there = await estimator(row, fixed(dimensions, move)).fit(flat(data, dimensions, move));
      await expectFiniteFile(there, path('offset.h5'));
      const [expected, actual] = [here.state.parameters, there.state.parameters];
      // Means are rounded to eps × offset, and all else follows from them.
      const rounding = 4 * Number.EPSILON * offset;
      expect(actual.means.every((value, i) => Math.abs(value - offset - expected.means[i]!) <= rounding)).toBe(true);
      expect(normwise(actual.counts, expected.counts)).toBeLessThan(16 * rounding);
      if (!isKMeans) expect(normwise(actual.covariances, expected.covariances)).toBeLessThan(16 * rounding);
    }
  });

  test.each([-498, -130, -100, -20, 20, 70, 130, 498])('data times 2^%i give the model times it', async (exponent) => {
    const scale = 2 ** exponent;
    const move = (value: number): number => value * scale;
    for (const dimensions of DIMENSIONS) {
      const data = groups(ROWS, dimensions);
      for (const kernel of kernels) {
        const here = await estimator(row, fixed(dimensions)).fit({ data, dimensions }, { kernel });
        const there = await estimator(row, fixed(dimensions, move)).fit(flat(data, dimensions, move), { kernel });
        await expectFiniteFile(there, path('scale.h5'));
        const [expected, actual] = [here.state.parameters, there.state.parameters];
        // Scaling by a power of two is exact; log densities, some 10³, are rounded anew: 10³ eps in responsibilities.
        expect(normwise(actual.means, expected.means.map(move)), kernel).toBeLessThan(1e-12);
        expect(normwise(actual.counts, expected.counts), kernel).toBeLessThan(1e-12);
        const covariances = expected.covariances.map((value) => value * scale * scale);
        const unscaled = (values: Float64Array): Float64Array => values.map((value) => value / scale / scale);
        if (!isKMeans)
          expect(normwise(unscaled(actual.covariances), unscaled(covariances)), kernel).toBeLessThan(1e-12);
      }
    }
  });

  test('squares that overflow or vanish are an error that says so', async () => {
    const data = groups(ROWS, 3);
    for (const scale of [1e-158, 1e158]) {
      const scaled = flat(data, 3, (value) => value * scale);
      const outcome = await estimator(row, { components: 3, ...noFloor })
        .fit(scaled)
        .catch((error: Error) => error);
      if (outcome instanceof Error) {
        expect(outcome.message).toMatch(
          scale > 1
            ? /too large to be squared: scale the data down/
            : /too large or too small to compute with: scale the data|constant or follow from other columns|vanish/,
        );
      } else await expectFiniteFile(outcome, path('tiny.h5'));
      expect(outcome instanceof Error || isKMeans).toBe(true);
    }
  });

  test('a constant column, or one twice, fits to finite numbers', async () => {
    const data = groups(ROWS, 3);
    const constant = data.map((value, i) => (i % 3 === 1 ? 5 : value));
    const twice = data.map((value, i) => (i % 3 === 2 ? data[i - 2]! : value));
    for (const awkward of [constant, twice]) {
      const { model, warnings } = await fitWarned(estimator(row, { components: 3 }), { data: awkward, dimensions: 3 });
      await expectFiniteFile(model, path('columns.h5'));
      for (const warning of warnings)
        expect(warning).toMatch(/column [23] is constant or follows from other columns|regCovar .* in columns? [123]/);
    }
  });

  test.each(['1e8', '1e12'])('one row at %s has a component of its own, or is named', async (text) => {
    const outlier = Number(text);
    const data = groups(ROWS, 3).map((value, i) => (Math.floor(i / 3) === 17 ? outlier : value));
    const outcome = await fitWarned(estimator(row, { components: 3 }), { data, dimensions: 3 }).catch(
      (error: Error) => error,
    );
    if (outcome instanceof Error) {
      expect(outcome.message).toMatch(/rows? .*far from all others.*mean/);
      return;
    }
    const { model } = outcome;
    await expectFiniteFile(model, path('outlier.h5'));
    const furthest = model.means.to2DArray().findIndex((mean) => mean[0]! > outlier / 4);
    expect(furthest).toBeGreaterThanOrEqual(0);
    const labels = flatten(await collect(model.labels({ data, dimensions: 3 })));
    expect(labels.flatMap((label, n) => (label === furthest ? [n] : []))).toEqual([17]);
  });

  test('floats at a large offset are as doubles', async () => {
    const data = groups(ROWS, 3).map((value) => Math.round(value * 8) / 8 + 2 ** 20); // 24 bits hold them
    const doubles = await estimator(row, { components: 3, iterations: 3 }).fit({ data, dimensions: 3 });
    const floats = await estimator(row, { components: 3, iterations: 3 }).fit({
      data: Float32Array.from(data),
      dimensions: 3,
    });
    expect(floats.state.parameters).toEqual(doubles.state.parameters);
    await expectFiniteFile(floats, path('floats.h5'));
  });
});
