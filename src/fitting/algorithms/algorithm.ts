// The interface of an algorithm: a pass that evaluates and learns.
import type { PassOptions } from '../../e-step/e-step.ts';
import type { Pool } from '../../e-step/parallel/pool.ts';
import type { Mixture, Parameters } from '../../mixture/mixture.ts';
import type { Source } from '../../sources/source.ts';
import type { Journal } from '../../util/journal.ts';

/** Input of an algorithm. */
export interface FitTask {
  readonly pool: Pool;
  readonly mixture: Mixture;
  readonly start: Parameters;
  /** Whether the counts of the start are only assumed, as of given means: no row was given to its components yet. */
  readonly isAssumed?: boolean | undefined;
  readonly source: Source;
  readonly heldOut?: Source | undefined;
  /** Where the fit, or the algorithm, keeps what it needs to resume. */
  readonly journal: Journal;
  /** Where blocks are remembered that a checkpoint refers to; undefined without one. */
  readonly blocksFile?: string | undefined;
}

/** Result of a pass: how good the parameters that entered it are. */
export interface Evaluation {
  readonly parameters: Parameters;
  readonly criterion: number;
  /** Whether that was summed at parameters that changed on the way: no measure of these. */
  readonly isProvisional?: boolean | undefined;
  /** null without a held-out stream. */
  readonly heldOutCriterion: number | null;
  readonly rows: number;
  readonly heldOutRows: number;
  /** Of the stream that decides: held out if there is one. */
  readonly weight: number;
  /** How many components no training row was given to; where that was counted, and such components are moved. */
  readonly empty?: number | undefined;
  /** How many of these the next parameters move to other rows. */
  readonly moves?: number | undefined;
}

/** How parameters get better from pass to pass. */
export interface Algorithm {
  /**
   * Reads the rows once: evaluates the parameters so far and learns the next; after the last M-step it only evaluates, and changes
   * nothing.
   */
  pass(isLast: boolean, options: PassOptions): Promise<Evaluation>;
  /** Lets go of what is kept between passes. */
  close(): Promise<void>;
}

/** Begins a fit. */
export type Begin = (task: FitTask) => Algorithm;
