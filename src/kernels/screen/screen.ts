// The interface of a screen: all log densities in floats, fast, with a bound on their error.
import type { BatchRows } from '../batch-group.ts';
import type { RoundingBounds } from './rounding.ts';

/** A fast way to all log densities of a batch, in floats, and what they may be wrong by. */
export interface Screen {
  /** One for each component; those of doubtful components are not used. */
  readonly bounds: readonly RoundingBounds[];
  /** How many runs each component has: 1, or one for each group of dimensions. */
  readonly groups: number;
  /** To be called when memory is allocated. */
  begin(): void;
  /** For each group and component a run of BATCH floats, to `out`. */
  score(batch: BatchRows, out: number): void;
}
