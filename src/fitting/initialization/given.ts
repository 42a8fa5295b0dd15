// Means and priors given as data.
import type { RowData } from '../../sources/data.ts';
// Small things that are given as data: means to start from, and what a prior expects.

import { DataError } from '../../errors.ts';
import type { ComponentPrior } from '../../mixture/components/component-family.ts';
import type { CovarianceType } from '../../mixture/covariance/covariance-type.ts';
import { abortable } from '../../sources/abortable.ts';
import { openAgain } from '../../sources/source.ts';
import type { CheckedSettings } from '../settings.ts';

/** Means to start from (K × D). */
export async function readMeans(means: RowData, dimensions: number, signal?: AbortSignal): Promise<Float64Array> {
  const { values, columns, name } = await readSmall(means, 'the initial means', signal);
  if (columns === dimensions) return values;
  throw new DataError(
    'bad-parameters',
    `${name} has ${columns} columns, but the data have ${dimensions}: give means of the same dimensions`,
    { source: name },
  );
}

/** The prior with what was given of it in place of what follows from the data. */
export async function priorOf(
  type: CovarianceType,
  prior: ComponentPrior,
  { meansPrior, inversePrecisionPrior }: CheckedSettings,
  signal?: AbortSignal,
): Promise<ComponentPrior> {
  const dimensions = prior.mean.length;
  const mean = meansPrior && (await readShaped(meansPrior, 'the means prior', [dimensions], signal));
  const shape = type.shape(dimensions);
  const given =
    inversePrecisionPrior && (await readShaped(inversePrecisionPrior, 'the inverse precision prior', shape, signal));
  if (given) checkPositiveDefinite(type, given, dimensions);
  return { ...prior, ...(mean && { mean }), ...(given && { scale: type.fromFile(given, dimensions) }) };
}

function checkPositiveDefinite(type: CovarianceType, values: Float64Array, dimensions: number): void {
  const name = 'the inverse precision prior';
  for (let i = 0; values.length > dimensions && i < dimensions; i++) {
    for (let j = 0; j < i; j++) {
      if (values[i * dimensions + j] !== values[j * dimensions + i]) {
        throw new DataError(
          'bad-parameters',
          `${name} is not symmetric: rows ${j + 1} and ${i + 1} differ from its columns`,
          { source: name },
        );
      }
    }
  }
  const group = type.fromFile(values, dimensions);
  const outcome = type.factorise(group, dimensions, new Float64Array(group.length));
  if ('singularColumn' in outcome) {
    throw new DataError(
      'bad-parameters',
      `${name} is not positive definite: column ${outcome.singularColumn + 1} makes it singular`,
      { source: name },
    );
  }
}

/** Numbers of a shape: one row, or a square matrix. */
async function readShaped(
  data: RowData,
  what: string,
  shape: readonly number[],
  signal?: AbortSignal,
): Promise<Float64Array> {
  const { values, name } = await readSmall(data, what, signal);
  const expected = shape.reduce((product, length) => product * length, 1);
  if (values.length === expected) return values;
  throw new DataError('bad-parameters', `${name} has ${values.length} numbers; expected ${shape.join(' × ') || 1}`, {
    source: name,
  });
}

/** Numbers that are given as data, row after row, how many a row has, and what messages call them. */
export async function readSmall(
  data: RowData,
  name: string,
  signal?: AbortSignal,
): Promise<{ values: Float64Array; columns: number; name: string }> {
  const source = await openAgain(data, { name, signal });
  try {
    const numbers: number[] = [];
    for await (const chunk of abortable(source, signal)) for (const value of chunk.data) numbers.push(value);
    return { values: Float64Array.from(numbers), columns: source.dimensions, name: source.name };
  } finally {
    await source.close();
  }
}
