// Screen that computes differences to the means, in WebAssembly.
import type { CovarianceName } from '../../mixture/covariance/index.ts';
import type { Scorer } from '../../mixture/scorer.ts';
import { rowsOf } from '../../util/vector.ts';
import type { BatchRows } from '../batch-group.ts';
import { Centred } from '../densities/centred.ts';
import { BATCH } from '../kernel.ts';
import { meanOfMeans } from '../precision.ts';
import type { Memory } from '../wasm-memory.ts';
import { FLOAT_ROUNDING, type RoundingBounds } from './rounding.ts';
import type { Screen } from './screen.ts';

/** Roundings of a sum of D products in effect, and to spare: they are a random walk. */
const roundingsOf = (dimensions: number): number => 2 + 0.5 * Math.sqrt(dimensions);

const norm = (vector: Float64Array): number => Math.sqrt(vector.reduce((sum, value) => sum + value * value, 0));

/** ‖ |P| v ‖ of a factor and a vector without negative elements. */
const absoluteNorms: Readonly<Partial<Record<CovarianceName, (factor: Float64Array, vector: Float64Array) => number>>> =
  {
    full(factor, vector) {
      let sum = 0;
      for (let i = 0, at = 0; i < vector.length; i++) {
        let y = 0;
        for (let j = 0; j <= i; j++) y += Math.abs(factor[at++]!) * vector[j]!;
        sum += y * y;
      }
      return Math.sqrt(sum);
    },
    diagonal: (factor, vector) => norm(vector.map((value, j) => factor[j]! * value)),
    spherical: (factor, vector) => factor[0]! * norm(vector),
  };

/**
 * Log densities from differences, in WebAssembly. With y = P (x − μ) and q = ‖y‖², a density is off by ‖y‖ ‖dy‖, where
 * |dy| ≤ u |P| (2 |μ − c| + roundings · |x − μ|); x − μ is taken as twice the component's deviations, grown with √(q / D),
 * and √q ≤ (q / s + s) / 2.
 */
export class CentredScreen implements Screen {
  readonly bounds: readonly RoundingBounds[];
  readonly groups: number = 1;
  readonly #centred: Centred;

  static can({ form }: Scorer): boolean {
    return absoluteNorms[form] !== undefined;
  }

  constructor(memory: Memory, scorer: Scorer) {
    const { components, dimensions, form, means, factors, evidence } = scorer;
    const centre = meanOfMeans(scorer);
    const typical = Math.sqrt(dimensions + 20);
    const offsets = rowsOf(
      means.map((mean, i) => Math.abs(mean - centre[i % dimensions]!)),
      dimensions,
    );
    const deviations = rowsOf(evidence!.deviations, dimensions);
    const normOf = absoluteNorms[form]!;
    const roundings = roundingsOf(dimensions);
    this.#centred = new Centred(memory, scorer, 'f32');
    this.bounds = rowsOf(factors, factors.length / components).map((factor, k) => {
      const ofMean = normOf(factor, offsets[k]!);
      const ofRow = (2 * roundings * normOf(factor, deviations[k]!)) / Math.sqrt(dimensions);
      return {
        error0: FLOAT_ROUNDING * ofMean * typical,
        errorSlope: 2 * FLOAT_ROUNDING * (ofMean / typical + ofRow + roundings),
      };
    });
  }

  begin(): void {
    this.#centred.begin();
  }

  score(batch: BatchRows, out: number): void {
    this.#centred.pack(batch);
    for (let k = 0; k < this.bounds.length; k++) this.#centred.score(k, batch.rows, out + k * BATCH * 4);
  }
}
