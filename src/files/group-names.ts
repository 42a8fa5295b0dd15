// Names of groups of model files.
import { SettingError } from '../errors.ts';
import { shown } from '../util/shown.ts';

/** The names of a group and of those above it, from the top. */
export type Path = readonly string[];

export const stepsOf = (name: string): Path => name.split('/').filter(Boolean);

/**
 * The same for a name that was given.
 *
 * @throws SettingError for one that leads nowhere.
 */
export function checkedSteps(name: string): Path {
  const steps = stepsOf(name);
  if (steps.length > 0 && !steps.some((step) => step === '.' || step === '..')) return steps;
  throw new SettingError('bad-setting', `group: received ${shown(name)}, expected names with slashes between them`, {
    setting: 'group',
  });
}
