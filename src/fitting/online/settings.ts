// The settings of online fits.
import { SettingError } from '../../errors.ts';
import { type ComputeOptions, computeOptions } from '../../kernels/index.ts';
import type { InvalidRows, RowData } from '../../sources/data.ts';
import { invalidRows } from '../../sources/data.ts';
import type { FrontEnd } from '../../speech/front-end.ts';
import {
  abortSignal,
  anObject,
  anything,
  callback,
  checkValue,
  type OptionTable,
  oneOf,
  whole,
} from '../../util/options.ts';
import { checkStepSize, type StepSize, usualStepSize } from '../algorithms/step-size.ts';

/** How a model learns from an endless stream. */
export interface OnlineSettings {
  /** Rows per M-step; default 256. Larger windows are steadier and slower to adapt. */
  readonly window?: number | undefined;
  /** How much of the statistics a window replaces; default { kappa: 0.6, offset: 100 }: (t + 100)^−0.6 at window t. */
  readonly stepSize?: StepSize | undefined;
  /**
   * Different rows gathered before the first model; default max(20, 2 (D + 1)) per component. Not needed when
   * continuing from a model.
   */
  readonly warmUp?: number | undefined;
  /** Number of rows that the stream stands for, against which a prior is weighed; default: the rows so far. */
  readonly totalRows?: number | undefined;
  /** Windows between two evaluations of held-out data; default 100. */
  readonly checkEvery?: number | undefined;
}

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

/** What they may be. */
export const onlineOptions = {
  ...computeOptions,
  window: whole(1),
  stepSize: anything,
  warmUp: whole(1),
  totalRows: whole(1),
  checkEvery: whole(1),
  heldOut: anything,
  frontEnd: anObject,
  onInvalid: oneOf(invalidRows),
  signal: abortSignal,
  onCheck: callback,
  onWarning: callback,
} satisfies OptionTable<OnlineOptions>;

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
export interface CheckedOnline extends OnlineSettings {
  readonly window: number;
  readonly stepSize: StepSize;
  readonly checkEvery: number;
  /** Whether held-out data choose the best model. */
  readonly hasHeldOut: boolean;
}

const CHECK_EVERY = 100;

/**
 * Checks settings once.
 *
 * @throws SettingError that names the setting, what was received and what was expected.
 */
export function checkOnline({
  window = 256,
  stepSize = usualStepSize,
  warmUp,
  totalRows,
  checkEvery,
  heldOut,
}: OnlineOptions): CheckedOnline {
  const hasHeldOut = heldOut !== undefined;
  for (const [name, value] of Object.entries({ window, warmUp, totalRows, checkEvery })) {
    checkValue(name, value, whole(1));
  }
  if (checkEvery !== undefined && !hasHeldOut) {
    throw new SettingError('checkEvery: says when to look at held-out data: give heldOut');
  }
  return {
    window,
    stepSize: checkStepSize(stepSize),
    warmUp,
    totalRows,
    checkEvery: checkEvery ?? CHECK_EVERY,
    hasHeldOut,
  };
}
