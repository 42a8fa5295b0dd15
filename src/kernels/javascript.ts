import type { Assignment } from '../assignment.ts';
import type { Chunk } from '../chunk.ts';
import { LANES } from '../covariance/type.ts';
import type { Scorer } from '../scorer.ts';
import type { Statistics } from '../statistics.ts';

/** Rows worked on at a time: 16 tiles, which stay in the first-level caches with one component's factor. */
export const BATCH = 128;

/**
 * The E-step in plain JavaScript. Rows are copied into tiles of LANES rows; `densities` then holds, for each component, a
 * run of BATCH log densities, which an assignment turns into responsibilities in place.
 */
export class JavaScriptKernel {
  readonly densities: Float64Array;
  readonly logNormalisers: Float64Array = new Float64Array(BATCH);
  readonly #scorer: Scorer;
  readonly #points: Float64Array;
  readonly #whitened: Float64Array;
  readonly #tile: Float64Array;
  readonly #weightedTile: Float64Array;
  readonly #laneWeights: Float64Array = new Float64Array(LANES);
  readonly #rowWeights: Float64Array = new Float64Array(BATCH);

  constructor(scorer: Scorer) {
    const { components, dimensions } = scorer;
    this.#scorer = scorer;
    this.densities = new Float64Array(components * BATCH);
    this.#points = new Float64Array(BATCH * dimensions);
    this.#whitened = scorer.whitening ? new Float64Array(BATCH * dimensions) : this.#points;
    this.#tile = new Float64Array(dimensions * LANES);
    this.#weightedTile = new Float64Array(dimensions * LANES);
  }

  /** Log densities of rows `start` … `start + rows` (at most BATCH) of a chunk. */
  score(chunk: Chunk, start: number, rows: number): void {
    const { components, density, means, factors, constants, whitening } = this.#scorer;
    const tiles = Math.ceil(rows / LANES);
    this.#pack(chunk, start, rows);
    if (whitening) whitenTiles(this.#points, tiles, whitening.centre, whitening.factor, this.#whitened);
    for (let k = 0; k < components; k++) {
      density(this.#whitened, tiles, means[k]!, factors[k]!, constants[k]!, this.densities, k * BATCH, this.#tile);
    }
  }

  /**
   * Adds a chunk to statistics: its rows, their log normalisers and, unless `means` is absent, the moments about `means`
   * (those of the parameters that entered the pass).
   */
  addChunk(
    chunk: Chunk,
    assignment: Assignment,
    means: readonly Float64Array[] | undefined,
    statistics: Statistics,
  ): void {
    const { components } = this.#scorer;
    const { densities, logNormalisers } = this;
    for (let start = 0; start < chunk.rows; start += BATCH) {
      const rows = Math.min(BATCH, chunk.rows - start);
      const weight = this.#takeWeights(chunk, start, rows);
      this.score(chunk, start, rows);
      const sum = assignment(densities, components, BATCH, rows, this.#rowWeights, logNormalisers);
      statistics.addRows(rows, weight, sum);
      if (!means) continue;
      for (let k = 0; k < components; k++) this.#addComponent(k, rows, means[k]!, statistics);
    }
  }

  #pack(chunk: Chunk, start: number, rows: number): void {
    const { data, dimensions } = chunk;
    const points = this.#points;
    for (let n = 0, from = start * dimensions; n < rows; n++) {
      let to = (n - (n % LANES)) * dimensions + (n % LANES);
      for (let j = 0; j < dimensions; j++, to += LANES) points[to] = data[from++]!;
    }
  }

  #takeWeights(chunk: Chunk, start: number, rows: number): number {
    const { weights } = chunk;
    const rowWeights = this.#rowWeights;
    if (!weights) {
      rowWeights.fill(1, 0, rows);
      return rows;
    }
    let sum = 0;
    for (let n = 0; n < rows; n++) {
      rowWeights[n] = weights[start + n]!;
      sum += rowWeights[n]!;
    }
    return sum;
  }

  /** Gathers the rows that component k has a share of, LANES at a time, and adds their moments. */
  #addComponent(k: number, rows: number, mean: Float64Array, statistics: Statistics): void {
    const { densities } = this;
    const points = this.#points;
    const tile = this.#tile;
    const laneWeights = this.#laneWeights;
    const dimensions = mean.length;
    let count = 0;
    let lane = 0;
    for (let n = 0, at = k * BATCH; n < rows; n++, at++) {
      const responsibility = densities[at]!;
      if (responsibility === 0) continue;
      count += responsibility;
      laneWeights[lane] = responsibility;
      let from = (n - (n % LANES)) * dimensions + (n % LANES);
      for (let j = 0, to = lane; j < dimensions; j++, to += LANES, from += LANES) tile[to] = points[from]! - mean[j]!;
      if (++lane === LANES) {
        this.#flush(k, dimensions, statistics);
        lane = 0;
      }
    }
    statistics.counts[k]! += count;
    if (lane > 0) {
      laneWeights.fill(0, lane);
      this.#flush(k, dimensions, statistics);
    }
  }

  #flush(k: number, dimensions: number, statistics: Statistics): void {
    const tile = this.#tile;
    const weighted = this.#weightedTile;
    const laneWeights = this.#laneWeights;
    const first = statistics.first[k]!;
    for (let j = 0, at = 0; j < dimensions; j++) {
      let sum = 0;
      for (let q = 0; q < LANES; q++, at++) {
        const value = laneWeights[q]! * tile[at]!;
        weighted[at] = value;
        sum += value;
      }
      first[j]! += sum;
    }
    statistics.shape.covariance.addMoments(tile, weighted, dimensions, statistics.second[k]!);
  }
}

/** z = P (x − centre) for every row of the tiles. */
function whitenTiles(
  points: Float64Array,
  tiles: number,
  centre: Float64Array,
  factor: Float64Array,
  out: Float64Array,
): void {
  const dimensions = centre.length;
  for (let tile = 0; tile < tiles; tile++) {
    const base = tile * dimensions * LANES;
    for (let i = 0, at = 0; i < dimensions; i++) {
      const to = base + i * LANES;
      out.fill(0, to, to + LANES);
      for (let j = 0; j <= i; j++) {
        const f = factor[at++]!;
        const c = centre[j]!;
        for (let q = 0, from = base + j * LANES; q < LANES; q++) out[to + q]! += f * (points[from + q]! - c);
      }
    }
  }
}
