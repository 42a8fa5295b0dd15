// Options of online fits.
import { SettingError } from '../../errors.ts';
import { type ComputeOptions, computeOptions } from '../../kernels/index.ts';
import { type InvalidRows, invalidRows, type RowData } from '../../sources/data.ts';
import type { FrontEnd } from '../../speech/front-end.ts';
import { groupOptions, type SaveOptions } from '../../storage/model-file.ts';
import { checkDefined, givenOf, type WithDefaults, withDefaults } from '../../util/definition.ts';
import { abortSignal, anObject, anything, callback, type OptionTable, oneOf } from '../../util/options.ts';
import type { OnlineSettings } from '../settings-types.ts';
import { onlineDefinitions } from './setting-table.ts';

/** Options of an online fit: settings, held-out rows, callbacks, and computation. */
export interface OnlineOptions extends OnlineSettings, ComputeOptions {
  /** Data that decide which model is the best so far; default: none, the latest model is the best. */
  readonly heldOut?: RowData | undefined;
  /** How the sound became rows, as `source.frontEnd` or a FeatureTransform reports it; stored in the models. */
  readonly frontEnd?: FrontEnd | undefined;
  /** What to do with rows that cannot be used: 'error' (default), 'skip' or 'missing'; see `SourceOptions`. */
  readonly onInvalid?: InvalidRows | undefined;
  /** Ends the fit, with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
  /** Called after each evaluation of held-out data. */
  readonly onCheck?: ((check: OnlineCheck) => unknown) | undefined;
  /** Called with each warning; by default warnings are process warnings. */
  readonly onWarning?: ((message: string) => unknown) | undefined;
}

/** Their allowed values. */
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

/** Options of `OnlineFit.save`. */
export interface OnlineSaveOptions extends SaveOptions {
  /**
   * Text that is kept with the state, such as the place in the source; `note` has it after `OnlineFit.resume`. At most
   * 60,000 bytes.
   */
  readonly note?: string | undefined;
}

const LONGEST_NOTE = 60_000;

export const saveOptions = {
  ...groupOptions,
  note: {
    expected: `a text of at most ${LONGEST_NOTE} bytes`,
    holds: (value) => typeof value === 'string' && Buffer.byteLength(value) <= LONGEST_NOTE,
  },
} satisfies OptionTable<OnlineSaveOptions>;

/** One evaluation of the latest model on held-out data, passed to `onCheck`. */
export interface OnlineCheck {
  /** Windows so far. */
  readonly windows: number;
  /** Rows so far. */
  readonly rows: number;
  /** Criterion of the held-out rows. */
  readonly heldOutCriterion: number;
  /** Number of held-out rows. */
  readonly heldOutRows: number;
  /** Whether this is the best model so far. */
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
