// The state of an online fit, saved and resumed exactly.
import type { MixtureModel } from '../../inference/model.ts';
import {
  DEFAULT_GROUP,
  isBeginning,
  readStored,
  type Stored,
  saveGroups,
  stateGroupOf,
  storedModel,
} from '../../storage/model-file.ts';
import { type BeginningState, beginningOf, storedBeginning } from './beginning-state.ts';
import { type LearnedState, learnedOf, storedLearned } from './learned-state.ts';

/** State of an online fit for continuing exactly: during warm-up there is no model. */
export type OnlineState = BeginningState | LearnedState;

/** What a file holds of an online fit, beside its best model. */
export interface SavedState {
  readonly state: OnlineState;
  /** Text that was given with it. */
  readonly note: string | undefined;
}

/** Writes the state into a group of its own, and the best model, if there is one, into its group: both or none. */
export async function saveState(
  path: string,
  group: string = DEFAULT_GROUP,
  { state, note }: SavedState,
  best: MixtureModel | undefined,
): Promise<void> {
  const { datasets, attributes } = 'model' in state ? storedLearned(state) : storedBeginning(state);
  const noted = { datasets, attributes: note === undefined ? attributes : { ...attributes, online_note: note } };
  const groups = new Map<string, Stored>([[stateGroupOf(group), noted]]);
  if (best) groups.set(group, storedModel(best.state));
  await saveGroups(path, groups);
}

/**
 * Reads the state again.
 *
 * @throws DataError where there is none, or it is damaged.
 */
export async function loadState(path: string, group: string | undefined, signal?: AbortSignal): Promise<SavedState> {
  const stateGroup = stateGroupOf(group);
  const stored = await readStored(path, stateGroup, signal);
  const state = isBeginning(stored) ? beginningOf(stored, path, stateGroup) : await learnedOf(stored, path, stateGroup);
  const { online_note: note } = stored.attributes;
  return { state, note: typeof note === 'string' ? note : undefined };
}
