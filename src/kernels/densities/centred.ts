// Log densities from differences to the means, accurate for any data.
import type { CovarianceName } from '../../mixture/covariance/index.ts';
import { isProduct, type Scorer } from '../../mixture/scorer.ts';
import { rowsOf } from '../../util/vector.ts';
import type { BatchRows } from '../batch-group.ts';
import { BATCH } from '../kernel.ts';
import { type Precision, precisions } from '../precision.ts';
import type { Memory } from '../wasm-memory.ts';

/** Functions that compute log densities by type, and the layout of factors that they need. */
interface Density {
  readonly call: string;
  readonly layOut: (factor: Float64Array, dimensions: number) => Float64Array;
}

const asItIs: Density['layOut'] = (factor) => factor;

/** Tied covariances are compiled to spherical ones, of whitened rows. */
const densities: Readonly<Partial<Record<CovarianceName, Density>>> = {
  full: { call: 'full', layOut: inPairs },
  diagonal: { call: 'diagonal', layOut: asItIs },
  spherical: { call: 'spherical', layOut: asItIs },
};

/** Of components that are products of Student-t distributions. */
const product: Density = { call: 'productDensity', layOut: asItIs };

/** Log densities from the differences of rows and means, one component at a time: right whatever the data. */
export class Centred {
  /** Where the means are, and the factors, as they are laid out. */
  readonly at: Readonly<Record<'means' | 'factors', number>>;
  /** Bytes of a factor. */
  readonly factorBytes: number;
  readonly #memory: Memory;
  readonly #scorer: Scorer;
  readonly #precision: (typeof precisions)[Precision];
  readonly #call: string;
  readonly #factors: readonly Float64Array[];
  readonly #own: Readonly<Record<'centre' | 'points' | 'whitened' | 'whitening' | 'tile', number>>;

  static can({ form }: Scorer): boolean {
    return densities[form] !== undefined;
  }

  constructor(memory: Memory, scorer: Scorer, precision: Precision) {
    const { components, dimensions, form, factors, whitening } = scorer;
    const isOfProducts = isProduct(scorer);
    const { call, layOut } = isOfProducts ? product : densities[form]!;
    const { bytes, bits } = precisions[precision];
    this.#memory = memory;
    this.#scorer = scorer;
    this.#precision = precisions[precision];
    this.#call = isOfProducts ? call : `${call}${bits}`;
    this.#factors = rowsOf(factors, factors.length / components).map((factor) => layOut(factor, dimensions));
    this.factorBytes = this.#factors[0]!.length * bytes;
    this.#own = {
      centre: memory.reserve(dimensions * 8),
      points: memory.reserve(BATCH * dimensions * bytes),
      whitened: memory.reserve(whitening ? BATCH * dimensions * bytes : 0),
      whitening: memory.reserve(whitening ? whitening.factor.length * bytes : 0),
      tile: memory.reserve((dimensions + 1) * 64),
    };
    this.at = {
      means: memory.reserve(components * dimensions * bytes),
      factors: memory.reserve(components * this.factorBytes),
    };
  }

  /** To be called when memory is allocated. */
  begin(): void {
    const { dimensions, means, whitening } = this.#scorer;
    const { view, centre: centreOf } = this.#precision;
    const memory = this.#memory;
    const centre = centreOf(this.#scorer);
    const shift = whitening ? new Float64Array(dimensions) : centre; // means are of the whitened space
    memory.doubles(this.#own.centre, dimensions).set(centre);
    view(memory, this.at.means, means.length).set(means.map((value, i) => value - shift[i % dimensions]!));
    for (const [k, factor] of this.#factors.entries()) {
      view(memory, this.at.factors + k * this.factorBytes, factor.length).set(factor);
    }
    if (whitening) view(memory, this.#own.whitening, whitening.factor.length).set(whitening.factor);
  }

  /** Makes tiles of a batch's rows. */
  pack({ at: rowsAt, bits, width, rows }: BatchRows): void {
    const { dimensions, whitening } = this.#scorer;
    const { calls } = this.#memory;
    const { centre, points, whitening: factor, whitened } = this.#own;
    const { lanes } = this.#precision;
    calls[`pack${bits}as${this.#precision.bits}`]!(rowsAt, rows, width, dimensions, centre, points);
    if (whitening)
      calls[`whiten${this.#precision.bits}`]!(points, Math.ceil(rows / lanes), dimensions, factor, whitened);
  }

  /** Log densities of the packed rows under component k, numbers of this precision, to `out`. */
  score(k: number, rows: number, out: number): void {
    const { dimensions, constants, whitening } = this.#scorer;
    const { lanes, bytes } = this.#precision;
    const points = whitening ? this.#own.whitened : this.#own.points;
    const mean = this.at.means + k * dimensions * bytes;
    const factor = this.at.factors + k * this.factorBytes;
    const tiles = Math.ceil(rows / lanes);
    this.#memory.calls[this.#call]!(points, tiles, dimensions, mean, factor, constants[k]!, out, this.#own.tile);
  }
}

/** Rows of a packed triangle, two by two, element by element, the upper of two being filled up with a zero. */
function inPairs(factor: Float64Array, dimensions: number): Float64Array {
  const out = new Float64Array(factor.length + (dimensions >> 1));
  let to = 0;
  for (let i = 0; i + 1 < dimensions; i += 2) {
    const upper = (i * (i + 1)) / 2;
    const lower = upper + i + 1;
    for (let j = 0; j <= i; j++) {
      out[to++] = factor[upper + j]!;
      out[to++] = factor[lower + j]!;
    }
    out[to++] = 0;
    out[to++] = factor[lower + i + 1]!;
  }
  if (dimensions % 2) out.set(factor.subarray(-dimensions), to);
  return out;
}
