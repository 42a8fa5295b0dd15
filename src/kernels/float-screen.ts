import type { Scorer } from '../scorer.ts';
import type { Memory } from './memory.ts';
import type { BatchRows } from './moments.ts';
import { precisions } from './precision.ts';
import type { RoundingBounds } from './rounding.ts';
import { BATCH } from './type.ts';

/** The exact parameters, and where densities go. */
export interface ExactAddresses {
  readonly means: number;
  readonly factors: number;
  readonly densities: number;
}

const { bytes, lanes } = precisions.f32;

/**
 * Log densities under full covariances: all in floats, which is twice as fast, then those that can matter anew in doubles.
 * Which these are follows from bounds on the rounding; the others have responsibilities so small that their errors vanish.
 */
export class FloatScreen {
  readonly #scorer: Scorer;
  readonly #bounds: readonly RoundingBounds[];
  readonly #memory: Memory;
  readonly #centre: Float64Array;
  readonly #factors: readonly Float64Array[];
  readonly #at: Readonly<
    Record<'centre' | 'points' | 'means' | 'factors' | 'slopes' | 'offsets' | 'highest' | 'tile', number>
  >;
  readonly #factorBytes: number;

  constructor(memory: Memory, scorer: Scorer, centre: Float64Array, factors: Float64Array[], bounds: RoundingBounds[]) {
    const { components, dimensions } = scorer;
    this.#scorer = scorer;
    this.#bounds = bounds;
    this.#memory = memory;
    this.#centre = centre;
    this.#factors = factors;
    this.#factorBytes = factors[0]!.length * bytes;
    this.#at = {
      centre: memory.reserve(dimensions * 8),
      points: memory.reserve(BATCH * dimensions * bytes),
      means: memory.reserve(components * dimensions * bytes),
      factors: memory.reserve(components * this.#factorBytes),
      slopes: memory.reserve(components * 8),
      offsets: memory.reserve(components * 8),
      highest: memory.reserve(BATCH * 8),
      tile: memory.reserve((dimensions + 2) * 64),
    };
  }

  /** To be called when memory is allocated. */
  begin(): void {
    const { components, dimensions, means, constants } = this.#scorer;
    const at = this.#at;
    const memory = this.#memory;
    memory.doubles(at.centre, dimensions).set(this.#centre);
    memory.floats(at.means, means.length).set(means.map((mean, i) => mean - this.#centre[i % dimensions]!));
    for (const [k, factor] of this.#factors.entries()) {
      memory.floats(at.factors + k * this.#factorBytes, factor.length).set(factor);
    }
    const certain = this.#bounds.map(({ isDoubtful, error0, errorSlope }, k) =>
      isDoubtful ? { slope: 1, offset: 0 } : { slope: 1 + errorSlope, offset: error0 + errorSlope * constants[k]! },
    );
    memory.doubles(at.slopes, components).set(certain.map(({ slope }) => slope));
    memory.doubles(at.offsets, components).set(certain.map(({ offset }) => offset));
  }

  score({ at: rowsAt, isDouble, rows }: BatchRows, exact: ExactAddresses): void {
    const { components, dimensions, constants } = this.#scorer;
    const { calls } = this.#memory;
    const at = this.#at;
    const bits = isDouble ? 64 : 32;
    const meanBytes = dimensions * bytes;
    const tiles = Math.ceil(rows / lanes);
    const refine = calls[`refine${bits}`]!;
    calls[`pack${bits}as32`]!(rowsAt, rows, dimensions, at.centre, at.points);
    const refineAll = (k: number, slope: number, offset: number): void => {
      const mean = exact.means + k * dimensions * 8;
      const factor = exact.factors + k * 2 * this.#factorBytes;
      const densities = exact.densities + k * BATCH * 8;
      const constant = constants[k]!;
      refine(rowsAt, rows, dimensions, at.highest, slope, offset, mean, factor, constant, densities, at.tile);
    };
    for (let k = 0; k < components; k++) {
      if (this.#bounds[k]!.isDoubtful) {
        refineAll(k, 0, Number.POSITIVE_INFINITY);
        continue;
      }
      const mean = at.means + k * meanBytes;
      const factor = at.factors + k * this.#factorBytes;
      calls.full32!(
        at.points,
        tiles,
        dimensions,
        mean,
        factor,
        constants[k]!,
        exact.densities + k * BATCH * 8,
        at.tile,
      );
    }
    calls.certain!(exact.densities, components, BATCH, rows, at.slopes, at.offsets, at.highest);
    for (let k = 0; k < components; k++) {
      const { isDoubtful, error0, errorSlope, likely } = this.#bounds[k]!;
      if (isDoubtful) continue;
      refineAll(k, 1 - errorSlope, error0 + errorSlope * constants[k]! - Math.min(0, Math.log(likely)));
    }
  }
}
