// The table of the settings of MAP adaptation, and their check.
import {
  checkDefined,
  type DefinitionTable,
  givenOf,
  number,
  positive,
  several,
  withDefaults,
} from '../util/definition.ts';
import { whole } from '../util/options.ts';
import type { Adaptation } from './settings-types.ts';

/** Parameters that can be adapted. */
const adaptable: readonly Adaptable[] = ['means', 'weights', 'covariances'];

/** Parameters that can be adapted. */
export type Adaptable = NonNullable<Adaptation['adapt']>[number];

const group = 'How a model is adapted';

/** Every setting of an adaptation, in the order of help. */
export const adaptationDefinitions = {
  relevance: {
    ...number(positive),
    expected: 'a number > 0',
    default: 16,
    argument: '<r>',
    help: 'how many rows what the model knows of a component is worth',
    meaning:
      'r, how many rows what is known of a component is worth. The larger, the more rows it takes to move a component away from the model.',
    group,
  },
  adapt: {
    ...several('adapt', adaptable),
    default: ['means'] as readonly Adaptable[],
    help: `what is adapted, of ${adaptable.join(', ')}`,
    meaning: 'What is adapted; the rest stays. Few rows are enough for means; weights and covariances take more.',
    group,
  },
  iterations: {
    ...number(whole(1)),
    default: 1,
    help: 'passes over the data',
    meaning: 'Passes over the data, each from what the one before gave. More follow the data further.',
    group,
  },
} satisfies DefinitionTable<Adaptation>;

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
export function checkAdaptation(options: Adaptation): CheckedAdaptation {
  const given: Adaptation = givenOf(adaptationDefinitions, options);
  checkDefined(adaptationDefinitions, given, '{ relevance: 16 }');
  const { relevance, adapt, iterations } = withDefaults(adaptationDefinitions, given);
  return { relevance, adapts: new Set(adapt), iterations };
}
