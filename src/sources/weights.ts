// Row weights from a file.
import { DataError } from '../errors.ts';
import type { ChunkStream, PartsPlace, PlacedChunk, StreamPlace } from './chunk-stream.ts';

/** Row weights, one number a row, read along with the data. */
export class WeightReader {
  readonly #name: string;
  readonly #chunks: ReturnType<ChunkStream['read']>;
  #rest: Float64Array | Float32Array = new Float64Array(0);
  /** The place of the chunk that `#rest` is the end of, and how many of its weights were taken. */
  #at: StreamPlace | undefined;
  #taken = 0;
  /** How many were taken before the place that is gone on from. */
  #toPass: number;

  constructor(weights: ChunkStream, from?: PartsPlace['weights']) {
    this.#name = weights.name;
    this.#chunks = weights.read(from?.at);
    this.#toPass = from?.taken ?? 0;
  }

  /** Where to go on after those that were taken; undefined for the beginning. */
  get place(): PartsPlace['weights'] {
    return this.#at && { at: this.#at, taken: this.#taken };
  }

  /** The weights of the next rows; `before` rows came earlier. */
  async take(rows: number, before: number): Promise<Float64Array> {
    const weights = new Float64Array(rows);
    for (let filled = 0; filled < rows; ) {
      if (this.#rest.length === 0) {
        const { value, done } = await this.#chunks.next();
        if (done) throw this.#wrongLength(`ends after ${before + filled} row weights, but there are more rows of data`);
        this.#hold(value);
        continue;
      }
      const some = this.#rest.subarray(0, rows - filled);
      weights.set(some, filled);
      filled += some.length;
      this.#taken += some.length;
      this.#rest = this.#rest.subarray(some.length);
    }
    return weights;
  }

  #hold({ chunk, place }: PlacedChunk): void {
    const passed = Math.min(this.#toPass, chunk.rows);
    this.#toPass -= passed;
    this.#rest = chunk.data.slice(passed);
    this.#at = place;
    this.#taken = passed;
  }

  /** All must have been taken. */
  async end(rows: number): Promise<void> {
    const isMore = this.#rest.length > 0 || !(await this.#chunks.next()).done;
    if (isMore) throw this.#wrongLength(`has more row weights than the ${rows} rows of data`);
  }

  async close(): Promise<void> {
    await this.#chunks.return(undefined);
  }

  #wrongLength(what: string): DataError {
    return new DataError('bad-weights', `${this.#name} ${what}: give one for each row`, { source: this.#name });
  }
}
