// Which models are saved during a fit.
import { checkSavable } from '../storage/model-file.ts';
import { anything, checkOptionsBy, checkPath, checkValue, type OptionTable, oneOf, whole } from '../util/options.ts';

/**
 * Models saved during a fit, into groups `init`, `iter1`, `iter2`, … and `best` of one HDF5 file.
 *
 * The first save removes such groups of an older fit, unless this fit continues it.
 */
export interface ModelSaving {
  /** HDF5 file; other groups of an existing file stay. */
  readonly path: string;
  /** 'log' (default): after 1, p, p², p³, … M-steps for a period p; 'linear': after every p M-steps. */
  readonly spacing?: SpacingName | undefined;
  /** p, the period; default 2. At least 2 for 'log', 1 for 'linear'. */
  readonly period?: number | undefined;
}

/** Which iterations are saved, by the period. */
export const spacings = {
  log(iteration: number, period: number): boolean {
    let power = 1;
    while (power < iteration) power *= period;
    return power === iteration;
  },
  linear: (iteration: number, period: number): boolean => iteration % period === 0,
} satisfies Record<string, (iteration: number, period: number) => boolean>;

/** When models are saved. */
export type SpacingName = keyof typeof spacings;

const savingOptions = {
  path: anything,
  spacing: anything,
  period: anything,
} satisfies OptionTable<ModelSaving>;

const FEWEST: Readonly<Record<SpacingName, number>> = { log: 2, linear: 1 };

/** Whether a group belongs to a fit that this one, after `iterations` M-steps, does not continue. */
export const isOfOlderFit =
  (iterations: number) =>
  (group: string): boolean =>
    group === 'init' || group === 'best' || Number(/^iter(\d+)$/.exec(group)?.[1] ?? 0) > iterations;

/** Group of the model after a number of M-steps; undefined if it is not saved. */
export type GroupOf = (iteration: number) => string | undefined;

/**
 * Checks now what could go wrong later.
 *
 * @throws SettingError for a spacing or period that is none; FileError for a file that cannot be written.
 */
export async function checkSaving(saving: ModelSaving): Promise<GroupOf> {
  checkOptionsBy(savingOptions, saving);
  const { path, spacing = 'log', period = 2 } = saving;
  checkPath(path);
  checkValue('saving', spacing, { ...oneOf(spacings), expected: Object.keys(spacings).join(' or ') });
  checkValue('savingPeriod', period, whole(FEWEST[spacing]));
  await checkSavable(path, 'init', isOfOlderFit(0));
  return (iteration) => {
    if (iteration === 0) return 'init';
    return spacings[spacing](iteration, period) ? `iter${iteration}` : undefined;
  };
}
