// Options of checkpoints.
import {
  anything,
  callback,
  checkOptionsBy,
  checkPath,
  type OptionTable,
  text,
  trueOrFalse,
} from '../../util/options.ts';
import { type Period, parsePeriod } from '../../util/period.ts';

/**
 * How the state of a fit is kept in a file, so that it can be resumed after it was interrupted or killed: with the
 * same data and settings the model is the same to the bit.
 *
 * Another number of threads, of iterations, and another tolerance are allowed; the file stays when the fit has ended,
 * so that more iterations can be added.
 */
export interface CheckpointOptions {
  /**
   * File of the checkpoint. Beside it are FILE.previous, the checkpoint before; FILE.blocks, of incremental and
   * stepwise fits; and FILE.spool-1, …, rows of inputs that can be read only once.
   */
  readonly file: string;
  /** How often it is written: '30s', '5000000rows', '2iterations'; default '60s'. */
  readonly every?: string | undefined;
  /**
   * Whether to resume from the file, if there is one; default false: then a file of a fit that has not ended is an
   * error.
   */
  readonly resume?: boolean | undefined;
  /** Called when it is known where the fit begins. */
  readonly onResume?: ((resumption: Resumption) => unknown) | undefined;
}

/** Where a fit begins, passed to `onResume`. */
export interface Resumption {
  /** Iterations that were done before; undefined where there was no checkpoint, so that the fit begins. */
  readonly iterations: number | undefined;
  /** When the checkpoint was written. */
  readonly written: Date | undefined;
  /** Why it is the older of two checkpoints; undefined if it is the newest. */
  readonly fault: string | undefined;
  /** Whether the fit had ended. */
  readonly isFinished: boolean;
}

/** Unless another period is given. */
export const USUAL_PERIOD = '60s';

/** How often a checkpoint can be written. */
export type CheckpointPeriod = Period<'seconds' | 'rows' | 'iterations'>;

const range = { setting: 'checkpointEvery', measures: ['seconds', 'rows', 'iterations'] } as const;

/** How often it is written. */
export const periodOf = ({ every = USUAL_PERIOD }: CheckpointOptions): CheckpointPeriod => parsePeriod(every, range);

const checkpointOptions = {
  file: text,
  every: anything,
  resume: trueOrFalse,
  onResume: callback,
} satisfies OptionTable<CheckpointOptions>;

/** @throws SettingError that names the option. */
export function checkCheckpoint(options: CheckpointOptions): void {
  checkOptionsBy(checkpointOptions, options);
  checkPath(options.file);
  periodOf(options);
}
