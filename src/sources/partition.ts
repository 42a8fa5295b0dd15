// Holds rows out.
import { SettingError } from '../errors.ts';
import { checkValue, whole } from '../util/options.ts';
import { chooses } from '../util/random.ts';
import { shown } from '../util/shown.ts';
import { hintFor } from './rows.ts';
import { Source } from './source.ts';

/** Returns whether a row is held out, given its index from 0 in the whole stream. */
export type IsHeldOut = (row: number) => boolean;

/**
 * Splits a source into training and held-out rows, as two sources.
 *
 * A fit of both reads the data once per pass. Both sources close with the original one.
 *
 * @param isHeldOut - called with the index of each row, from 0; must return the same in every pass.
 * @throws SettingError if the source was not opened by `openData`.
 *
 * @example
 * ```js
 * import { GaussianMixture, openData, partition } from 'megamix';
 *
 * const frames = await openData('frames.npy');
 * const [training, heldOut] = partition(frames, (row) => Math.floor(row / 500) % 4 === 3); // every fourth block of 500
 * const model = await new GaussianMixture({ components: 2, covariance: 'diagonal' }).fit(training, { heldOut });
 * console.log(model.heldOutCriterion);
 * ```
 */
export function partition(source: Source, isHeldOut: IsHeldOut): [training: Source, heldOut: Source] {
  if (!(source instanceof Source)) {
    throw new SettingError(
      'bad-setting',
      `source: received ${shown(source)}, expected what openData gives${hintFor(source)}`,
      { setting: 'source' },
    );
  }
  if (typeof isHeldOut !== 'function') {
    throw new SettingError(
      'bad-setting',
      `isHeldOut: received ${shown(isHeldOut)}, expected a function, such as randomHoldOut(0.1)`,
      { setting: 'isHeldOut' },
    );
  }
  const isOut = (row: number): boolean => {
    const answer: unknown = isHeldOut(row);
    if (typeof answer === 'boolean') return answer;
    throw new SettingError(
      'bad-setting',
      `isHeldOut: received ${shown(answer)} for row ${row}, expected true or false`,
      { setting: 'isHeldOut' },
    );
  };
  const of = { whole: source, isHeldOut: isOut };
  return [
    source.select(`the training rows of ${source.name}`, (row) => !isOut(row), { of, isHeldOut: false }),
    source.select(`the held-out rows of ${source.name}`, isOut, { of, isHeldOut: true }),
  ];
}

/**
 * Returns a function that holds out about this fraction of the rows, by a hash of seed and index.
 *
 * @param fraction - in [0, 1].
 * @param seed - a whole number ≥ 0; default 0.
 * @throws SettingError for values out of range.
 *
 * @example
 * ```js
 * import { GaussianMixture, randomHoldOut } from 'megamix';
 *
 * const estimator = new GaussianMixture({ components: 2, covariance: 'diagonal' });
 * const model = await estimator.fit('train.npy', { heldOut: randomHoldOut(0.1) });
 * console.log(model.heldOutCriterion?.length);
 * ```
 */
export function randomHoldOut(fraction: number, seed = 0): IsHeldOut {
  checkValue('fraction', fraction ?? null, {
    expected: 'a number from 0 to 1',
    holds: (value) => typeof value === 'number' && value >= 0 && value <= 1,
  });
  checkValue('seed', seed, whole(0));
  return (row) => chooses(fraction, seed, row);
}
