// Log-probability that rows would lose without each component.
import { NO_PART, rowsPerChunk } from '../../chunk.ts';
import type { Pool } from '../../e-step/parallel/pool.ts';
import { kernelFor } from '../../kernels/index.ts';
import type { Compiled } from '../../mixture/compile.ts';
import { type Mixture, rowOf } from '../../mixture/mixture.ts';
import { breathe } from '../../util/event-loop.ts';
import { sum } from '../../util/vector.ts';
import type { RowSample } from '../initialization/row-sample.ts';

/** How many components of each row are kept. */
const KEPT = 4;
/** Assumed loss, in nats, if none of these components is left. */
const LOST = 20;
/** No component. */
export const NOBODY = -1;

/** For each of some rows the components of highest log density, and these densities. */
export class ExplainedRows {
  readonly weights: Float64Array;
  readonly #components: number;
  readonly #isHard: boolean;
  /** KEPT components per row, the best first; NOBODY where there are fewer. */
  readonly #places: Int32Array;
  readonly #densities: Float64Array;
  /** log Σ exp of the densities of the other components. */
  readonly #others: Float64Array;
  readonly #freed = new Set<number>();

  private constructor(weights: Float64Array, components: number, isHard: boolean) {
    this.weights = weights;
    this.#components = components;
    this.#isHard = isHard;
    this.#places = new Int32Array(KEPT * weights.length).fill(NOBODY);
    this.#densities = new Float64Array(KEPT * weights.length).fill(Number.NEGATIVE_INFINITY);
    this.#others = new Float64Array(weights.length).fill(Number.NEGATIVE_INFINITY);
  }

  static async of(
    pool: Pool,
    mixture: Mixture,
    { scorer }: Compiled,
    { rows, weights }: RowSample & { readonly weights: Float64Array },
    signal: AbortSignal,
  ): Promise<ExplainedRows> {
    const { components, dimensions } = mixture;
    const { assignment } = rowOf(mixture);
    const explained = new ExplainedRows(weights, components, assignment === 'hard');
    const kernel = kernelFor({ scorer, assignment }, pool.computing);
    const most = rowsPerChunk(Math.max(dimensions, components));
    const densities = new Float64Array(most * components);
    for (let start = 0; start < weights.length; start += most) {
      await breathe(signal);
      const count = Math.min(most, weights.length - start);
      const data = rows.subarray(start * dimensions, (start + count) * dimensions);
      kernel.logDensities({ data, rows: count, dimensions, part: NO_PART }, densities);
      for (let n = 0; n < count; n++) explained.#keep(start + n, densities, n * components);
    }
    kernel.close();
    return explained;
  }

  get rows(): number {
    return this.weights.length;
  }

  /** The component of highest density of those that are not freed; NOBODY if none of those kept is left. */
  best(row: number): number {
    const at = this.#bestAt(row);
    return at === NOBODY ? NOBODY : this.#places[at]!;
  }

  /** Whether the component that was the best of all is freed. */
  isOrphan(row: number): boolean {
    return this.#freed.has(this.#places[KEPT * row]!);
  }

  /** From here on these components do not count. */
  free(components: readonly number[]): void {
    this.#freed.clear();
    for (const component of components) this.#freed.add(component);
  }

  /**
   * The components that the rows miss least, in the order in which to free them: those whose loss, after that of the ones before,
   * is less than the `share` of what a component is worth on average, and in any case the first. At least one is left.
   */
  expendable(share: number): number[] {
    this.free([]);
    const losses = new Float64Array(this.#components);
    const rowsOf = Array.from(losses, (): number[] => []);
    for (let n = 0; n < this.rows; n++) {
      this.#addLosses(n, 1, losses);
      for (let at = KEPT * n; at < KEPT * (n + 1); at++) rowsOf[this.#places[at]!]?.push(n);
    }
    const least = (share * sum(losses)) / this.#components;
    const expendable: number[] = [];
    while (expendable.length < this.#components - 1) {
      let next = NOBODY;
      for (let k = 0; k < losses.length; k++) {
        if (!this.#freed.has(k) && (next === NOBODY || losses[k]! < losses[next]!)) next = k;
      }
      if (expendable.length > 0 && !(losses[next]! < least)) break;
      for (const n of rowsOf[next]!) this.#addLosses(n, -1, losses);
      this.#freed.add(next);
      for (const n of rowsOf[next]!) this.#addLosses(n, 1, losses);
      expendable.push(next);
    }
    return expendable;
  }

  /** Adds, times a sign, what the log normaliser of a row (of K-means: its log density) loses without each component. */
  #addLosses(row: number, sign: number, losses: Float64Array): void {
    const weight = sign * this.weights[row]!;
    for (let at = KEPT * row; at < KEPT * (row + 1); at++) {
      if (!this.#counts(at, NOBODY)) continue;
      const k = this.#places[at]!;
      const without = this.#without(row, k);
      losses[k]! += weight * (this.#isHard ? this.#densities[at]! - without : loss(this.#densities[at]!, without));
      if (this.#isHard) return; // only the nearest has the row
    }
  }

  /** log Σ exp, or the highest, of the densities of all components that count but one. */
  #without(row: number, component: number): number {
    let highest = this.#isHard ? Number.NEGATIVE_INFINITY : this.#others[row]!;
    for (let at = KEPT * row; at < KEPT * (row + 1); at++) {
      if (this.#counts(at, component)) highest = Math.max(highest, this.#densities[at]!);
    }
    if (highest === Number.NEGATIVE_INFINITY) return this.#densities[this.#bestAt(row)]! - LOST;
    if (this.#isHard) return highest;
    let total = Math.exp(this.#others[row]! - highest);
    for (let at = KEPT * row; at < KEPT * (row + 1); at++) {
      if (this.#counts(at, component)) total += Math.exp(this.#densities[at]! - highest);
    }
    return highest + Math.log(total);
  }

  #bestAt(row: number): number {
    for (let at = KEPT * row; at < KEPT * (row + 1); at++) if (this.#counts(at, NOBODY)) return at;
    return NOBODY;
  }

  #counts(at: number, except: number): boolean {
    const k = this.#places[at]!;
    return k !== NOBODY && k !== except && !this.#freed.has(k);
  }

  #keep(row: number, densities: Float64Array, from: number): void {
    const [places, kept] = [this.#places, this.#densities];
    const [first, last] = [KEPT * row, KEPT * (row + 1) - 1];
    let rest = 0;
    for (let k = 0; k < this.#components; k++) {
      const density = densities[from + k]!;
      if (!(density > kept[last]!)) continue;
      let at = last;
      for (; at > first && density > kept[at - 1]!; at--) {
        kept[at] = kept[at - 1]!;
        places[at] = places[at - 1]!;
      }
      kept[at] = density;
      places[at] = k;
    }
    const least = kept[last]!;
    if (this.#components <= KEPT || this.#isHard) return;
    for (let k = 0; k < this.#components; k++)
      if (densities[from + k]! < least) rest += Math.exp(densities[from + k]! - least);
    this.#others[row] = rest > 0 ? least + Math.log(rest) : Number.NEGATIVE_INFINITY;
  }
}

/** log(eᵃ + eᵇ) − b. */
const loss = (a: number, b: number): number =>
  a > b ? a - b + Math.log1p(Math.exp(b - a)) : Math.log1p(Math.exp(a - b));
