import type { Chunk } from '../chunk.ts';
import type { CovarianceName } from '../covariance/index.ts';
import type { Pass } from '../pass.ts';
import type { Statistics } from '../statistics.ts';
import { rowsOf } from '../vector.ts';
import { FloatScreen } from './float-screen.ts';
import { takeWeights } from './javascript.ts';
import { Memory } from './memory.ts';
import { type BatchRows, type MomentSums, momentSums } from './moments.ts';
import { meanOfMeans, type Precision, precisions } from './precision.ts';
import { type RoundingBounds, roundingBounds } from './rounding.ts';
import { BATCH, type Kernel } from './type.ts';

/** Which function computes log densities of which form, and how factors are laid out for it. */
const densities: Readonly<Record<CovarianceName, { readonly call: string; readonly layOut: LayOut } | undefined>> = {
  full: { call: 'full', layOut: inPairs },
  diagonal: { call: 'diagonal', layOut: (factor) => factor },
  spherical: { call: 'spherical', layOut: (factor) => factor },
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
    | 'densities',
    number
  >
>;

type LayOut = (factor: Float64Array, dimensions: number) => Float64Array;

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
  readonly #meanBytes: number;
  readonly #factorBytes: number;

  /** Whether there is a function for everything that a pass asks for. */
  static can({ scorer }: Pass): boolean {
    return densities[scorer.form] !== undefined;
  }

  constructor(pass: Pass, precision: Precision) {
    const { components, dimensions, form, means, factors, whitening } = pass.scorer;
    const memory = this.#memory;
    const { bytes, view } = precisions[precision];
    const { layOut } = densities[form]!;
    this.#pass = pass;
    this.#precision = precisions[precision];
    this.#bounds =
      precision === 'f64' && form === 'full' && !whitening
        ? roundingBounds(pass.scorer, meanOfMeans(pass.scorer))
        : undefined;
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
      densities: memory.reserve(components * BATCH * 8),
    };
    this.#addresses = at;
    const setting = { memory, dimensions, precision, weightsAt: at.weights, bounds: this.#bounds };
    this.#moments = pass.moments && momentSums(pass.moments, setting);
    this.#screen =
      this.#bounds && new FloatScreen(memory, pass.scorer, meanOfMeans(pass.scorer), laidOut, this.#bounds);
    memory.allocate();
    this.#doubles = memory.doubles(at.rows, BATCH * dimensions);
    this.#floats = memory.floats(at.rows, BATCH * dimensions);
    this.#rowWeights = memory.doubles(at.weights, BATCH);
    this.#labels = memory.doubles(at.labels, BATCH);
    this.logNormalisers = memory.doubles(at.logNormalisers, BATCH);
    this.densities = memory.doubles(at.densities, components * BATCH);
    memory.doubles(at.centre, dimensions).set(centre);
    const shift = whitening ? undefined : centre;
    view(memory, at.means, means.length).set(means.map((value, i) => value - (shift?.[i % dimensions] ?? 0)));
    for (const [k, factor] of laidOut.entries()) {
      view(memory, at.factors + k * this.#factorBytes, factor.length).set(factor);
    }
    if (whitening) view(memory, at.whitening, whitening.factor.length).set(whitening.factor);
    this.#moments?.begin();
    this.#screen?.begin();
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

  #scoreAll({ isDouble, rows }: BatchRows): void {
    const { components, dimensions, constants, form, whitening } = this.#pass.scorer;
    const { calls } = this.#memory;
    const at = this.#addresses;
    const { bits, lanes } = this.#precision;
    calls[`pack${isDouble ? 64 : 32}as${bits}`]!(at.rows, rows, dimensions, at.centre, at.points);
    const tiles = Math.ceil(rows / lanes);
    if (whitening) calls[`whiten${bits}`]!(at.points, tiles, dimensions, at.whitening, at.whitened);
    const points = whitening ? at.whitened : at.points;
    const density = calls[`${densities[form]!.call}${bits}`]!;
    for (let k = 0; k < components; k++) {
      const mean = at.means + k * this.#meanBytes;
      const factor = at.factors + k * this.#factorBytes;
      density(points, tiles, dimensions, mean, factor, constants[k]!, at.densities + k * BATCH * 8, at.tile);
    }
  }

  normalise(rows: number): void {
    const at = this.#addresses;
    const { components } = this.#pass.scorer;
    this.#memory.calls.normalise(at.densities, components, BATCH, rows, at.logNormalisers, at.sums);
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
      this.scoreLikely(chunk, start, rows);
      const sum = assign(at.densities, components, BATCH, rows, at.weights, at.logNormalisers, scratch);
      statistics.addRows(rows, weight, sum);
      if (!this.#moments) continue;
      for (let k = 0; k < components; k++) {
        this.#moments.add(k, { at: at.rows, isDouble, rows }, at.densities + k * BATCH * 8);
      }
    }
    this.#moments?.moveTo(statistics);
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
