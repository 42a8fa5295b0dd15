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

/** How a model goes on learning from an endless stream. */
export interface OnlineSettings {
  /** Rows from which parameters are updated at once; default 256. */
  readonly window?: number | undefined;
  /** How much of what was learned a window replaces; default { kappa: 0.6, offset: 100 }: (t + 100)^−0.6 at window t. */
  readonly stepSize?: StepSize | undefined;
  /** Rows that are gathered to begin with; default max(20, 2 (D + 1)) for each component. A model to go on from needs none. */
  readonly warmUp?: number | undefined;
  /** How many rows the stream stands for, which a prior is weighed against; by default those that came so far. */
  readonly totalRows?: number | undefined;
  /** Windows between two evaluations of held-out data; default 100. */
  readonly checkEvery?: number | undefined;
}

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
    throw new SettingError('missing-setting', 'checkEvery: says when to look at held-out data: give heldOut', {
      setting: 'heldOut',
    });
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
