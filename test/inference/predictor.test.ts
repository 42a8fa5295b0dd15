import { expect, test } from 'vitest';
import { KMeans } from '../../src/estimator.ts';
import { randomModel } from '../helpers/models.ts';
import { problem } from '../helpers/problems.ts';
import { allRows } from '../helpers/table.ts';

/** All numbers of an inference, chunk after chunk. */
async function all(chunks: AsyncIterable<{ readonly data: Float64Array | Int32Array }>): Promise<number[]> {
  const numbers: number[] = [];
  for await (const chunk of chunks) numbers.push(...chunk.data);
  return numbers;
}

test.each(allRows)('$label: what is predicted at once is what a stream gives', async (row) => {
  const model = await randomModel(row, 3);
  const { dimensions, components } = model;
  const data = Float64Array.from(problem(3).rows.flat());
  const rows = data.length / dimensions;
  const flat = { data, dimensions };
  using predictor = model.predictor();
  expect([...predictor.labels(data)]).toEqual(await all(model.predictRows(flat)));
  const single = Int32Array.from(
    { length: rows },
    (_, n) => predictor.labels(data.subarray(n * dimensions, (n + 1) * dimensions))[0]!,
  );
  expect([...single]).toEqual([...predictor.labels(data)]);
  if (!model.hasDensity) {
    expect(() => predictor.responsibilities(data)).toThrow('a kmeans gives labels only');
    expect(() => predictor.logProbabilities(data)).toThrow('a kmeans gives labels only');
    return;
  }
  expect([...predictor.logProbabilities(data)]).toEqual(await all(model.predictRows(flat, { as: 'log-prob' })));
  const into = new Float64Array(rows * components);
  expect(predictor.responsibilities(data, into)).toBe(into);
  expect([...into]).toEqual(await all(model.predictRows(flat, { as: 'resp' })));
});

test('rows that cannot be used are named, as are places that do not fit', async () => {
  const model = await new KMeans({ components: 2 }).fit([
    [0, 0],
    [1, 1],
    [9, 9],
  ]);
  const predictor = model.predictor();
  expect(() => predictor.labels(Float64Array.of(0, 0, 1, Number.NaN))).toThrow(
    'the rows, row 2, column 2: received NaN, expected a finite number',
  );
  expect(() => predictor.labels(Float64Array.of(1, 2, 3))).toThrow('received 3 numbers, expected a multiple of 2');
  expect(() => predictor.labels([1, 2] as never)).toThrow('expected a Float64Array or Float32Array');
  expect(() => predictor.labels(Float64Array.of(1, 2), new Int32Array(3))).toThrow(
    'expected labels to go into Int32Array, length 1',
  );
  expect(() => predictor.labels(Float64Array.of(1e300, -1e300))).toThrow(/the rows, row 1/);
  expect([...predictor.labels(new Float64Array(0))]).toEqual([]);
  expect(() => model.predictor({ threads: 2 } as never)).toThrow('there is no option threads');
  predictor.close();
  expect([...predictor.labels(Float32Array.of(9, 9, 0, 0))].length).toBe(2);
});
