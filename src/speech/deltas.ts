// Deltas: regression differences of rows.
/** Called with a row, which is valid until it returns. */
export type OnRow = (row: Float64Array) => void;

/**
 * The filters of each order over the rows around: the regression Δ(t) = Σ j x(t + j) / Σ j² over `window` rows to each
 * side, convolved with itself for the second order, as Kaldi's add-deltas has it.
 */
export function deltaFilters(orders: number, window: number): Float64Array[] {
  let scale = 0;
  for (let j = -window; j <= window; j++) scale += j * j;
  const filters = [Float64Array.of(1)];
  for (let order = 1; order <= orders; order++) {
    const before = filters[order - 1]!;
    const filter = new Float64Array(before.length + 2 * window);
    for (let j = -window; j <= window; j++) {
      for (const [i, value] of before.entries()) filter[i + j + window]! += (j * value) / scale;
    }
    filters.push(filter);
  }
  return filters;
}

/** Rows with their differences appended; the first and the last row stand for what would be beyond them. */
export class Deltas {
  readonly #size: number;
  readonly #onRow: OnRow;
  readonly #filters: Float64Array[];
  /** How many rows to each side count. */
  readonly #reach: number;
  readonly #ring: Float64Array;
  readonly #ringRows: number;
  readonly #out: Float64Array;
  #came = 0;
  #told = 0;

  constructor(size: number, orders: number, window: number, onRow: OnRow) {
    this.#size = size;
    this.#onRow = onRow;
    this.#filters = deltaFilters(orders, window);
    this.#reach = orders * window;
    this.#ringRows = 2 * this.#reach + 1;
    this.#ring = new Float64Array(this.#ringRows * size);
    this.#out = new Float64Array(size * (orders + 1));
  }

  push(row: Float64Array): void {
    this.#ring.set(row, (this.#came % this.#ringRows) * this.#size);
    this.#came++;
    if (this.#came - this.#told > this.#reach) this.#tell();
  }

  end(): void {
    while (this.#told < this.#came) this.#tell();
  }

  #tell(): void {
    const [ring, out, size, last] = [this.#ring, this.#out, this.#size, this.#came - 1];
    out.fill(0);
    for (let order = 0; order < this.#filters.length; order++) {
      const filter = this.#filters[order]!;
      const first = this.#told - (filter.length - 1) / 2;
      for (let i = 0; i < filter.length; i++) {
        const row = Math.min(Math.max(first + i, 0), last);
        const from = (row % this.#ringRows) * size;
        const factor = filter[i]!;
        if (factor === 0) continue;
        for (let j = 0, to = order * size; j < size; j++, to++) out[to]! += factor * ring[from + j]!;
      }
    }
    this.#told++;
    this.#onRow(out);
  }
}
