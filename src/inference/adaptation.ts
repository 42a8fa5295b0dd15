// The settings of MAP adaptation.
import { SettingError } from '../errors.ts';
import type { OptionTable } from '../util/options.ts';
import { anything, checkValue, whole } from '../util/options.ts';
import { shown } from '../util/shown.ts';
/** What of a mixture can be adapted. */
export const adaptable = ['means', 'weights', 'covariances'] as const;

/** Parameters that can be adapted. */
export type Adaptable = (typeof adaptable)[number];

/** How a mixture is adapted. */
export interface Adaptation {
  /**
   * Relevance factor r > 0: how many rows the prior knowledge of a component is worth; default 16. Raise it to stay
   * closer to the model.
   */
  readonly relevance?: number | undefined;
  /** Parameters that are adapted; the rest stays. Default: ['means']. */
  readonly adapt?: readonly Adaptable[] | undefined;
  /** Passes over the data, each starting from the result of the one before; default 1. */
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
    throw new SettingError(`relevance: received ${shown(relevance)}, expected a number > 0`);
  }
  const isSome = Array.isArray(adapt) && adapt.length > 0;
  const odd = isSome ? adapt.find((each) => !adaptable.includes(each)) : adapt;
  if (odd !== undefined || !isSome) {
    throw new SettingError(`adapt: received ${shown(odd ?? adapt)}, expected some of ${adaptable.join(', ')}`);
  }
  checkValue('iterations', iterations, adaptationOptions.iterations);
  return { relevance, adapts: new Set(adapt), iterations };
}
