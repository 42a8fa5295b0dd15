// How an online fit is told of its settings, reads and is watched.
import { SettingError } from '../../errors.ts';
import { type ComputeOptions, computeOptions } from '../../kernels/index.ts';
import type { InvalidRows, RowData } from '../../sources/data.ts';
import { invalidRows } from '../../sources/data.ts';
import type { FrontEnd } from '../../speech/front-end.ts';
import { checkDefined, givenOf, type WithDefaults, withDefaults } from '../../util/definition.ts';
import { abortSignal, anObject, anything, callback, type OptionTable, oneOf } from '../../util/options.ts';
import type { OnlineSettings } from '../settings-types.ts';
import { onlineDefinitions } from './setting-table.ts';

/** How an online fit reads, computes, and is watched. */
export interface OnlineOptions extends OnlineSettings, ComputeOptions {
  /** RowData that decide which model is the best so far. */
  readonly heldOut?: RowData | undefined;
  /** What made rows of the sound that is learned from, as a source tells it; the models remember it. */
  readonly frontEnd?: FrontEnd | undefined;
  /** As of a source: what happens at a row that cannot be used. */
  readonly onInvalid?: InvalidRows | undefined;
  /** Ends the work, with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
  /** Told of every evaluation of held-out data. */
  readonly onCheck?: ((check: OnlineCheck) => unknown) | undefined;
  /** Told of what does not end the fit; by default a process warning. */
  readonly onWarning?: ((message: string) => unknown) | undefined;
}

/** What they may be. */
export const onlineOptions = {
  ...computeOptions,
  ...onlineDefinitions,
  heldOut: anything,
  frontEnd: anObject,
  onInvalid: oneOf(invalidRows),
  signal: abortSignal,
  onCheck: callback,
  onWarning: callback,
} satisfies OptionTable<OnlineOptions>;

/** An evaluation of the latest model on held-out data. */
export interface OnlineCheck {
  /** Windows so far. */
  readonly windows: number;
  /** Rows so far. */
  readonly rows: number;
  readonly heldOutCriterion: number;
  readonly heldOutRows: number;
  readonly isBest: boolean;
}

/** Settings with their defaults. */
export interface CheckedOnline extends WithDefaults<OnlineSettings, typeof onlineDefinitions> {
  /** Whether held-out data choose the best model. */
  readonly hasHeldOut: boolean;
}

/**
 * Checks settings once.
 *
 * @throws SettingError that names the setting, what was received and what was expected.
 */
export function checkOnline(options: OnlineOptions): CheckedOnline {
  const given: OnlineSettings = givenOf(onlineDefinitions, options);
  const hasHeldOut = options.heldOut !== undefined;
  checkDefined(onlineDefinitions, given, '{ window: 256 }');
  if (given.checkEvery !== undefined && !hasHeldOut) {
    throw new SettingError('missing-setting', 'checkEvery: says when to look at held-out data: give heldOut', {
      setting: 'heldOut',
    });
  }
  return { ...withDefaults(onlineDefinitions, given), hasHeldOut };
}
