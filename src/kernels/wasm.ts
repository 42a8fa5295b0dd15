import { NEGLIGIBLE } from '../assignment.ts';
import type { Chunk } from '../chunk.ts';
import type { CovarianceName } from '../covariance/index.ts';
import type { Pass } from '../pass.ts';
import type { Statistics } from '../statistics.ts';
import { rowsOf } from '../vector.ts';
import type { Blas } from './blas-library.ts';
import { FloatScreen } from './float-screen.ts';
import { takeWeights } from './javascript.ts';
import { Memory } from './memory.ts';
import { type BatchRows, type MomentSums, momentSums } from './moments.ts';
import { Nearest } from './nearest.ts';
import { meanOfMeans, type Precision, precisions } from './precision.ts';
import { Quadratic } from './quadratic.ts';
import { leastResponsibilities, type RoundingBounds, roundingBounds } from './rounding.ts';
import { BATCH, type Kernel } from './type.ts';

/** Smaller shares of a row change none of its sums. */
const ROUNDING = 1e-17;

const MOST_BYTES = 3 * 2 ** 30;

/** What computes log densities of a form. */
interface Density {
  readonly call: string;
  /** How factors are laid out for it. */
  readonly layOut: (factor: Float64Array, dimensions: number) => Float64Array;
  /** What floats may be wrong by, where it is worth while to begin with them. */
  readonly bounds?: typeof roundingBounds;
}

const asItIs: Density['layOut'] = (factor) => factor;

const densities: Readonly<Record<CovarianceName, Density | undefined>> = {
  full: { call: 'full', layOut: inPairs, bounds: roundingBounds },
  diagonal: { call: 'diagonal', layOut: asItIs },
  spherical: { call: 'spherical', layOut: asItIs },
  tied: undefined, // compiled to spherical, of whitened rows
};

/** Where in WebAssembly memory what is. */
type Addresses = Readonly<
  Record<
    | 'rows'
    | 'weights'
    | 'logNormalisers'
    | 'sums'
    | 'labels'
    | 'centre'
    | 'points'
    | 'whitened'
    | 'whitening'
    | 'tile'
    | 'means'
    | 'factors'
    | 'least'
    | 'densities',
    number
  >
>;

/** The E-step in WebAssembly SIMD, in the same steps as the JavaScript kernel; src/kernels/assembly holds the loops. */
export class WasmKernel implements Kernel {
  readonly densities: Float64Array;
  readonly logNormalisers: Float64Array;
  readonly #pass: Pass;
  readonly #memory = new Memory();
  readonly #precision: (typeof precisions)[Precision];
  readonly #addresses: Addresses;
  readonly #rowWeights: Float64Array;
  readonly #labels: Float64Array;
  readonly #doubles: Float64Array;
  readonly #floats: Float32Array;
  readonly #moments: MomentSums | undefined;
  readonly #bounds: RoundingBounds[] | undefined;
  readonly #screen: FloatScreen | undefined;
  readonly #quadratic: Quadratic | undefined;
  readonly #nearest: Nearest | undefined;
  readonly #everyComponent: readonly number[];
  readonly #meanBytes: number;
  readonly #factorBytes: number;

  /** Whether there is a function for everything that a pass asks for, and room in 32-bit memory. */
  static can({ scorer }: Pass): boolean {
    const { components, dimensions, factors, form } = scorer;
    const bytes = 8 * (2 * factors.length + components * (2 * BATCH + (dimensions + 8) ** 2));
    return densities[form] !== undefined && bytes + 64 * BATCH * dimensions < MOST_BYTES;
  }

  /** With a BLAS library, log densities are products of matrices wherever that is exact enough. */
  constructor(pass: Pass, precision: Precision, blas?: Blas) {
    const { components, dimensions, form, means, factors, whitening } = pass.scorer;
    const memory = this.#memory;
    const { bytes, view } = precisions[precision];
    const { layOut, bounds } = densities[form]!;
    this.#pass = pass;
    this.#everyComponent = Array.from({ length: components }, (_, k) => k);
    this.#precision = precisions[precision];
    this.#bounds = precision === 'f64' && !whitening ? bounds?.(pass.scorer, meanOfMeans(pass.scorer)) : undefined;
    const laidOut = rowsOf(factors, factors.length / components).map((factor) => layOut(factor, dimensions));
    this.#meanBytes = dimensions * bytes;
    this.#factorBytes = laidOut[0]!.length * bytes;
    const centre = precisions[precision].centre(pass.scorer);
    const at = {
      rows: memory.reserve(BATCH * dimensions * 8),
      weights: memory.reserve(BATCH * 8),
      logNormalisers: memory.reserve(BATCH * 8),
      sums: memory.reserve(BATCH * 8),
      labels: memory.reserve(BATCH * 8),
      centre: memory.reserve(dimensions * 8),
      points: memory.reserve(BATCH * dimensions * bytes),
      whitened: memory.reserve(whitening ? BATCH * dimensions * bytes : 0),
      whitening: memory.reserve(whitening ? whitening.factor.length * bytes : 0),
      tile: memory.reserve((dimensions + 1) * 64),
      means: memory.reserve(components * this.#meanBytes),
      factors: memory.reserve(components * this.#factorBytes),
      least: memory.reserve(components * 8),
      densities: memory.reserve(components * BATCH * 8),
    };
    this.#addresses = at;
    const least = leastResponsibilities(pass.scorer);
    const setting = { memory, dimensions, precision, weightsAt: at.weights, least, bounds: this.#bounds };
    this.#moments = pass.moments && momentSums(pass.moments, setting);
    const middle = meanOfMeans(pass.scorer);
    if (Nearest.can(pass)) {
      this.#nearest = new Nearest(memory, pass, at.weights, blas);
    } else if (blas && !whitening && Quadratic.can(pass.scorer)) {
      this.#quadratic = new Quadratic(memory, pass.scorer, middle, precision, blas);
    } else if (this.#bounds) {
      this.#screen = new FloatScreen(memory, pass.scorer, middle, laidOut, this.#bounds);
    }
    memory.allocate();
    this.#doubles = memory.doubles(at.rows, BATCH * dimensions);
    this.#floats = memory.floats(at.rows, BATCH * dimensions);
    this.#rowWeights = memory.doubles(at.weights, BATCH);
    this.#labels = memory.doubles(at.labels, BATCH);
    this.logNormalisers = memory.doubles(at.logNormalisers, BATCH);
    this.densities = memory.doubles(at.densities, components * BATCH);
    memory.doubles(at.centre, dimensions).set(centre);
    const smallest = least.map((value) => Math.max(NEGLIGIBLE, Math.log(Math.min(value, ROUNDING))));
    memory.doubles(at.least, components).set(smallest);
    const shift = whitening ? undefined : centre;
    view(memory, at.means, means.length).set(means.map((value, i) => value - (shift?.[i % dimensions] ?? 0)));
    for (const [k, factor] of laidOut.entries()) {
      view(memory, at.factors + k * this.#factorBytes, factor.length).set(factor);
    }
    if (whitening) view(memory, at.whitening, whitening.factor.length).set(whitening.factor);
    this.#moments?.begin();
    this.#screen?.begin();
    this.#quadratic?.begin();
    this.#nearest?.begin();
  }

  score(chunk: Chunk, start: number, rows: number): void {
    this.#scoreAll(this.#read(chunk, start, rows));
  }

  scoreLikely(chunk: Chunk, start: number, rows: number): void {
    const batch = this.#read(chunk, start, rows);
    if (this.#screen) this.#screen.score(batch, this.#addresses);
    else this.#scoreAll(batch);
  }

  #read(chunk: Chunk, start: number, rows: number): BatchRows {
    const { dimensions } = chunk;
    const numbers = chunk.data.subarray(start * dimensions, (start + rows) * dimensions);
    const isDouble = numbers instanceof Float64Array;
    if (isDouble) this.#doubles.set(numbers);
    else this.#floats.set(numbers);
    return { at: this.#addresses.rows, isDouble, rows };
  }

  #scoreAll(batch: BatchRows): void {
    if (this.#quadratic) {
      this.#quadratic.score(batch, this.#addresses.densities);
      if (this.#quadratic.doubtful.length > 0) this.#scoreCentred(batch, this.#quadratic.doubtful);
    } else {
      this.#scoreCentred(batch, this.#everyComponent);
    }
  }

  /** Log densities under some of the components, from the rows' differences to their means. */
  #scoreCentred({ isDouble, rows }: BatchRows, components: readonly number[]): void {
    const { dimensions, constants, form, whitening } = this.#pass.scorer;
    const { calls } = this.#memory;
    const at = this.#addresses;
    const { bits, lanes } = this.#precision;
    calls[`pack${isDouble ? 64 : 32}as${bits}`]!(at.rows, rows, dimensions, at.centre, at.points);
    const tiles = Math.ceil(rows / lanes);
    if (whitening) calls[`whiten${bits}`]!(at.points, tiles, dimensions, at.whitening, at.whitened);
    const points = whitening ? at.whitened : at.points;
    const density = calls[`${densities[form]!.call}${bits}`]!;
    for (const k of components) {
      const mean = at.means + k * this.#meanBytes;
      const factor = at.factors + k * this.#factorBytes;
      density(points, tiles, dimensions, mean, factor, constants[k]!, at.densities + k * BATCH * 8, at.tile);
    }
  }

  normalise(rows: number): void {
    const at = this.#addresses;
    const { components } = this.#pass.scorer;
    this.#memory.calls.normalise(at.densities, components, BATCH, rows, NEGLIGIBLE, at.logNormalisers, at.sums);
  }

  label(rows: number, out: Float64Array): void {
    const at = this.#addresses;
    const { components } = this.#pass.scorer;
    this.#memory.calls.mostProbable(at.densities, components, BATCH, rows, at.logNormalisers, at.labels);
    out.set(this.#labels.subarray(0, rows));
  }

  addChunk(chunk: Chunk, statistics: Statistics): void {
    const { scorer, assignment } = this.#pass;
    const { components } = scorer;
    const at = this.#addresses;
    const assign = this.#memory.calls[assignment];
    const scratch = { soft: at.sums, hard: at.labels }[assignment];
    const isDouble = chunk.data instanceof Float64Array;
    for (let start = 0; start < chunk.rows; start += BATCH) {
      const rows = Math.min(BATCH, chunk.rows - start);
      const weight = takeWeights(chunk, start, rows, this.#rowWeights);
      if (this.#nearest) {
        statistics.addRows(rows, weight, this.#nearest.add(this.#read(chunk, start, rows)));
        continue;
      }
      this.scoreLikely(chunk, start, rows);
      const sum = assign(at.densities, components, BATCH, rows, at.least, at.weights, at.logNormalisers, scratch);
      statistics.addRows(rows, weight, sum);
      if (!this.#moments) continue;
      for (let k = 0; k < components; k++) {
        this.#moments.add(k, { at: at.rows, isDouble, rows }, at.densities + k * BATCH * 8);
      }
    }
    if (this.#nearest && this.#pass.moments) this.#nearest.moveTo(statistics);
    else this.#moments?.moveTo(statistics);
  }

  close(): void {
    this.#memory.close();
  }
}

/** Rows of a packed triangle, two by two, element by element, the upper of two being filled up with a zero. */
function inPairs(factor: Float64Array, dimensions: number): Float64Array {
  const out: number[] = [];
  for (let i = 0; i + 1 < dimensions; i += 2) {
    const upper = (i * (i + 1)) / 2;
    const lower = upper + i + 1;
    for (let j = 0; j <= i; j++) out.push(factor[upper + j]!, factor[lower + j]!);
    out.push(0, factor[lower + i + 1]!);
  }
  if (dimensions % 2) out.push(...factor.subarray(-dimensions));
  return Float64Array.from(out);
}
