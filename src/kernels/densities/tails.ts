// Log densities of Student-t distributions and bounds of them, in WebAssembly.
import { type HeavyTailed, isHeavyTailed, isProduct, type Scorer, squaresOf } from '../../mixture/scorer.ts';
import { rowsOf } from '../../util/vector.ts';
import type { Group } from '../batch-group.ts';
import { BATCH } from '../kernel.ts';
import { FLOAT_ROUNDING, type RoundingBounds } from '../screen/rounding.ts';
import type { Memory } from '../wasm-memory.ts';

/** Roundings of a logarithm and what it is made of, in floats, and to spare. */
const ROUNDINGS = 12;
/** Slack for what first-order bounds leave out. */
const SPARE = 1.05;

/** A bound on log densities, slope · f − offset. */
export interface Line {
  readonly slope: number;
  readonly offset: number;
}

/**
 * Student-t components in WebAssembly kernels: they compute log densities −½ q, and these are transformed.
 * Where dimensions are independent, the product of 1 + y_j² takes the place of 1 + q, and q of groups of
 * dimensions, in floats, only gives bounds: Σ log1p(rate · q_group) ≤ Σ log1p(y_j²) ≤ rate · q.
 */
export class Tails {
  readonly isProduct: boolean;
  /** Computes doubles: of −½ q; or, for products, the density itself, with rates that are part of its factors. */
  readonly inner: Scorer;
  readonly #memory: Memory;
  readonly #scorer: HeavyTailed;
  readonly #at: Readonly<Record<'constants' | 'rates' | 'exponents' | 'floats', number>>;

  static of(memory: Memory, scorer: Scorer): Tails | undefined {
    return isHeavyTailed(scorer) ? new Tails(memory, scorer) : undefined;
  }

  private constructor(memory: Memory, scorer: HeavyTailed) {
    const { components } = scorer;
    this.isProduct = isProduct(scorer);
    this.inner = this.isProduct ? unitRates(scorer) : squaresOf(scorer);
    this.#memory = memory;
    this.#scorer = scorer;
    this.#at = {
      constants: memory.reserve(components * 8),
      rates: memory.reserve(components * 8),
      exponents: memory.reserve(components * 8),
      floats: memory.reserve(3 * components * 4),
    };
  }

  /** To be called when memory is allocated. */
  begin(): void {
    const { components, constants, tails } = this.#scorer;
    const { rates, exponents } = tails;
    const memory = this.#memory;
    const at = this.#at;
    memory.doubles(at.constants, components).set(constants);
    memory.doubles(at.rates, components).set(rates);
    memory.doubles(at.exponents, components).set(exponents);
    const floats = memory.floats(at.floats, 3 * components);
    for (const [i, values] of [constants, rates, exponents].entries()) floats.set(values, i * components);
  }

  /** Turns doubles of component k in place. */
  turn(k: number, rows: number, run: number): void {
    const { constants, tails } = this.#scorer;
    const call = this.isProduct ? 'fromLogarithms' : 'fromSquares';
    this.#memory.calls[call]!(run, rows, constants[k]!, tails.rates[k]!, tails.exponents[k]!);
  }

  /** Turns −½ q of the pairs that were computed in doubles, and raises the group's highest to them; `scratch` has a double for each row. */
  turnPairs({ at, batches, components }: Group, scratch: number): void {
    const { constants, rates, exponents } = this.#at;
    const { calls } = this.#memory;
    calls.turnPairs!(components, batches, at.starts, constants, rates, exponents, at.highest, scratch);
  }

  /**
   * Turns floats −½ q of all components in place into log densities; or those of products, of groups of dimensions, into what log
   * densities are at most, and the second group's runs into −½ q of all dimensions. Returns what the certain highest is made of.
   */
  turnFloats(floats: number, groups: number, rows: number): number {
    const { components } = this.#scorer;
    const bytes = components * 4;
    const constants = this.#at.floats;
    const parameters = [constants, constants + bytes, constants + 2 * bytes] as const;
    if (this.isProduct) {
      this.#memory.calls.boundProducts!(floats, groups, components, BATCH, rows, ...parameters);
      return floats + bytes * BATCH;
    }
    this.#memory.calls.floatsFromSquares!(floats, components, BATCH, rows, ...parameters);
    return floats;
  }

  /**
   * How far those floats may be off, by how far −½ q may be: d log1p(rate · q) = rate dq / (1 + rate · q) is at most rate · dq, and
   * at most (dq / q) log1p(rate · q).
   */
  boundsOf(k: number, { error0, errorSlope }: RoundingBounds): RoundingBounds {
    const { rates, exponents } = this.#scorer.tails;
    return {
      error0: SPARE * 2 * exponents[k]! * rates[k]! * error0,
      errorSlope: SPARE * errorSlope + ROUNDINGS * FLOAT_ROUNDING,
    };
  }

  /** Lower bound of the log density of a product, as a line, slope · (−½ q) − offset: Σ log1p(y_j²) ≤ rate · q. */
  leastOf(k: number, { error0, errorSlope }: RoundingBounds): Line {
    const { constants, tails } = this.#scorer;
    const slope = 2 * tails.exponents[k]! * tails.rates[k]!;
    const rounding = 8 * FLOAT_ROUNDING * Math.abs(constants[k]!);
    return {
      slope: slope * (1 + errorSlope + 4 * FLOAT_ROUNDING),
      offset: slope * error0 - constants[k]! + rounding,
    };
  }
}

/** The scorer of products whose rates are part of their factors. */
function unitRates(scorer: HeavyTailed): HeavyTailed {
  const { components, factors, tails } = scorer;
  const scaled = factors.slice();
  for (const [k, factor] of rowsOf(scaled, scaled.length / components).entries()) {
    for (let i = 0; i < factor.length; i++) factor[i]! *= Math.sqrt(tails.rates[k]!);
  }
  return { ...scorer, factors: scaled, tails: { ...tails, rates: new Float64Array(components).fill(1) } };
}
