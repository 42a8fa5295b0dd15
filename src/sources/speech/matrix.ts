// The interface of a matrix being read.
import type { Batch } from '../table.ts';

/** A matrix as it is read, from its first byte on: its batches must be taken before anything else is read. */
export interface UtteranceMatrix {
  /** 0 if it has no rows. */
  readonly dimensions: number;
  readonly batches: AsyncGenerator<Batch>;
}
