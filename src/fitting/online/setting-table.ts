// The table of an online fit's settings.
import { type DefinitionTable, number } from '../../util/definition.ts';
import { whole } from '../../util/options.ts';
import { stepSize } from '../setting-table.ts';
import type { OnlineSettings } from '../settings-types.ts';

const group = 'How a model learns from a stream';

/** Every setting of an online fit, in the order of help. */
export const onlineDefinitions = {
  window: {
    ...number(whole(1)),
    default: 256,
    argument: '<rows>',
    help: 'rows of a window',
    meaning:
      'Rows from which parameters are updated at once. Smaller windows follow the stream sooner, from noisier statistics.',
    group,
  },
  stepSize: { ...stepSize, group },
  warmUp: {
    ...number(whole(1)),
    default: undefined,
    byDefault: '20, or 2 (D + 1), for each component',
    argument: '<rows>',
    help: 'rows gathered to begin with',
    meaning:
      'Rows gathered before the first model. More make a better start, later. Not needed when continuing from a model.',
    group,
  },
  totalRows: {
    ...number(whole(1)),
    default: undefined,
    byDefault: 'those so far',
    help: 'rows that the stream stands for, against a prior',
    meaning:
      'The number of rows that a prior is weighed against, as if the stream had that many. The more, the less the prior counts from the beginning.',
    group,
  },
  checkEvery: {
    ...number(whole(1)),
    default: 100,
    help: 'windows between two looks at held-out data',
    meaning:
      'Windows between two evaluations of held-out data; needs `heldOut`. Fewer find the best model more closely, and take time.',
    group,
  },
} satisfies DefinitionTable<OnlineSettings>;
