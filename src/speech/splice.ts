// Rows with those around them put beside them.
import type { OnRow } from './deltas.ts';

/** Puts rows before and after beside each row, as Kaldi's splice-feats; the first and the last row stand for what would be beyond them. */
export class Splicer {
  readonly #size: number;
  readonly #before: number;
  readonly #after: number;
  readonly #onRow: OnRow;
  readonly #ring: Float64Array;
  readonly #ringRows: number;
  readonly #out: Float64Array;
  #came = 0;
  #told = 0;

  constructor(size: number, [before, after]: readonly [number, number], onRow: OnRow) {
    this.#size = size;
    this.#before = before;
    this.#after = after;
    this.#onRow = onRow;
    this.#ringRows = before + 1 + after;
    this.#ring = new Float64Array(this.#ringRows * size);
    this.#out = new Float64Array(this.#ringRows * size);
  }

  push(row: Float64Array): void {
    this.#ring.set(row, (this.#came % this.#ringRows) * this.#size);
    this.#came++;
    if (this.#came - this.#told > this.#after) this.#tell();
  }

  end(): void {
    while (this.#told < this.#came) this.#tell();
  }

  #tell(): void {
    const [ring, size, last] = [this.#ring, this.#size, this.#came - 1];
    for (let i = 0; i < this.#ringRows; i++) {
      const row = Math.min(Math.max(this.#told - this.#before + i, 0), last);
      const from = (row % this.#ringRows) * size;
      this.#out.set(ring.subarray(from, from + size), i * size);
    }
    this.#told++;
    this.#onRow(this.#out);
  }
}
