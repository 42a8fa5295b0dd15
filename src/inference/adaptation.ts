// The settings of MAP adaptation.
import { SettingError } from '../errors.ts';
import type { OptionTable } from '../util/options.ts';
import { anything, checkValue, whole } from '../util/options.ts';
import { shown } from '../util/shown.ts';
/** What of a mixture can be adapted. */
export const adaptable = ['means', 'weights', 'covariances'] as const;

/** means, weights or covariances. */
export type Adaptable = (typeof adaptable)[number];

/** How a mixture is adapted. */
export interface Adaptation {
  /** r > 0: how many rows what is known of a component is worth; default 16. */
  readonly relevance?: number | undefined;
  /** What is adapted; the rest stays. Default: the means. */
  readonly adapt?: readonly Adaptable[] | undefined;
  /** Passes over the data, each from what the one before gave; default 1. */
  readonly iterations?: number | undefined;
}

/** What they may be. */
export const adaptationOptions = {
  relevance: anything,
  adapt: anything,
  iterations: whole(1),
} satisfies OptionTable<Adaptation>;

/** The same, checked. */
export interface CheckedAdaptation {
  readonly relevance: number;
  readonly adapts: ReadonlySet<Adaptable>;
  readonly iterations: number;
}

/**
 * Checks the settings once.
 *
 * @throws SettingError that names the setting, what was received and what was expected.
 */
export function checkAdaptation({ relevance = 16, adapt = ['means'], iterations = 1 }: Adaptation): CheckedAdaptation {
  if (!(typeof relevance === 'number' && relevance > 0 && relevance < Number.POSITIVE_INFINITY)) {
    throw new SettingError('bad-setting', `relevance: received ${shown(relevance)}, expected a number > 0`, {
      setting: 'relevance',
    });
  }
  const isSome = Array.isArray(adapt) && adapt.length > 0;
  const odd = isSome ? adapt.find((each) => !adaptable.includes(each)) : adapt;
  if (odd !== undefined || !isSome) {
    throw new SettingError(
      'bad-setting',
      `adapt: received ${shown(odd ?? adapt)}, expected some of ${adaptable.join(', ')}`,
      { setting: 'adapt' },
    );
  }
  checkValue('iterations', iterations, adaptationOptions.iterations);
  return { relevance, adapts: new Set(adapt), iterations };
}
