// One reading of training and held-out rows, which can go on from a place.
import { view } from '../util/blocks.ts';
import { type SweptChunk, sweep } from './partition.ts';
import type { Source } from './source.ts';

/** Where a sweep can go on. */
export interface SweepPlace {
  readonly training: number;
  readonly heldOut: number;
}

export class Sweep implements AsyncIterable<SweptChunk> {
  readonly #training: Source;
  readonly #heldOut: Source | undefined;
  readonly #from: SweepPlace;

  constructor(
    training: Source,
    heldOut: Source | undefined,
    { from }: { from?: SweepPlace | undefined; onPassed?: ((rows: number) => unknown) | undefined } = {},
  ) {
    this.#training = training;
    this.#heldOut = heldOut;
    this.#from = from ?? { training: 0, heldOut: 0 };
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<SweptChunk> {
    const left = [this.#from.training, this.#from.heldOut];
    for await (const chunk of sweep(this.#training, this.#heldOut)) {
      const side = Number(chunk.isHeldOut);
      const dropped = Math.min(left[side]!, chunk.rows);
      left[side]! -= dropped;
      if (dropped < chunk.rows) yield { ...view(chunk, dropped, chunk.rows - dropped), isHeldOut: chunk.isHeldOut };
    }
  }

  placeAfter(training: number, heldOut: number): SweepPlace {
    return { training, heldOut };
  }
}
