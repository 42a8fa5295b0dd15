// Kernel for rows with missing numbers: marginal densities; whole rows go to another kernel.
import type { Chunk } from '../chunk.ts';
import { assignments, logNormalise, mostProbable } from '../mixture/assignment.ts';
import { type BrokenRow, partRows } from '../mixture/missing-rows.ts';
import type { Pass } from '../mixture/pass.ts';
import { Statistics } from '../mixture/statistics.ts';
import { rowsOf } from '../util/vector.ts';
import { Marginals } from './densities/marginal.ts';
import type { Kernel } from './kernel.ts';
import { weightScale } from './moments/weight-scale.ts';

/**
 * Another kernel for whole rows of ordinary weights and, in chunks that may have others, marginal densities for rows with missing
 * numbers (NaN).
 */
export class MissingKernel implements Kernel {
  readonly #pass: Pass;
  readonly #whole: Kernel;
  #lazy: Marginals | undefined;

  constructor(pass: Pass, whole: Kernel) {
    this.#pass = pass;
    this.#whole = whole;
  }

  addChunk(chunk: Chunk, statistics: Statistics): void {
    const scale = weightScale(chunk.weights);
    if (scale === 1) {
      this.#add(chunk, statistics);
      return;
    }
    const some = new Statistics(statistics.shape);
    this.#add({ ...chunk, weights: chunk.weights!.map((weight) => weight / scale) }, some);
    statistics.merge(some.scaleWeights(scale));
  }

  #add(chunk: Chunk, statistics: Statistics): void {
    if (!chunk.hasMissing) {
      this.#whole.addChunk(chunk, statistics);
      return;
    }
    const { whole, broken } = partRows(chunk);
    if (whole.rows > 0) this.#whole.addChunk(whole, statistics);
    const { components } = this.#pass.scorer;
    const rows = broken.length;
    const densities = this.#densities(broken);
    const weights = Float64Array.from(broken, ({ weight }) => weight);
    const normalisers = new Float64Array(rows);
    const assign = assignments[this.#pass.assignment];
    const sum = assign(densities, components, rows, rows, weights, normalisers);
    statistics.addRows(
      rows,
      weights.reduce((total, weight) => total + weight, 0),
      sum,
    );
    if (this.#pass.moments) this.#addMoments(broken, densities, statistics);
  }

  label(chunk: Chunk, labels: Float64Array, highest: Float64Array): void {
    if (!chunk.hasMissing) {
      this.#whole.label(chunk, labels, highest);
      return;
    }
    const { whole, wholeAt, broken } = partRows(chunk);
    const some = [new Float64Array(whole.rows), new Float64Array(whole.rows)] as const;
    this.#whole.label(whole, ...some);
    const others = [new Float64Array(broken.length), new Float64Array(broken.length)] as const;
    const { components } = this.#pass.scorer;
    mostProbable(this.#densities(broken), components, broken.length, broken.length, ...others);
    scatter(labels, wholeAt, broken, some[0], others[0]);
    scatter(highest, wholeAt, broken, some[1], others[1]);
  }

  logNormalise(chunk: Chunk, logNormalisers: Float64Array): void {
    if (!chunk.hasMissing) {
      this.#whole.logNormalise(chunk, logNormalisers);
      return;
    }
    const { whole, wholeAt, broken } = partRows(chunk);
    const some = new Float64Array(whole.rows);
    this.#whole.logNormalise(whole, some);
    const others = new Float64Array(broken.length);
    logNormalise(this.#densities(broken), this.#pass.scorer.components, broken.length, broken.length, others);
    scatter(logNormalisers, wholeAt, broken, some, others);
  }

  logDensities(chunk: Chunk, densities: Float64Array, logNormalisers?: Float64Array): void {
    if (!chunk.hasMissing) {
      this.#whole.logDensities(chunk, densities, logNormalisers);
      return;
    }
    const { components } = this.#pass.scorer;
    const { whole, wholeAt, broken } = partRows(chunk);
    const some = new Float64Array(whole.rows * components);
    this.#whole.logDensities(whole, some);
    const others = this.#densities(broken);
    for (const [n, at] of wholeAt.entries()) {
      densities.set(some.subarray(n * components, (n + 1) * components), at * components);
    }
    for (const [n, { at }] of broken.entries()) {
      for (let k = 0; k < components; k++) densities[at * components + k] = others[k * broken.length + n]!;
    }
    if (logNormalisers) this.logNormalise(chunk, logNormalisers);
  }

  close(): void {
    this.#whole.close();
  }

  get #marginals(): Marginals {
    this.#lazy ??= new Marginals(this.#pass.scorer);
    return this.#lazy;
  }

  /** For each component a run of log densities of the rows. */
  #densities(broken: readonly BrokenRow[]): Float64Array {
    const { components } = this.#pass.scorer;
    const densities = new Float64Array(components * broken.length);
    for (let k = 0, to = 0; k < components; k++) {
      this.#marginals.choose(k);
      for (const { row, missing } of broken) densities[to++] = this.#marginals.of(row, missing, false).density;
    }
    return densities;
  }

  #addMoments(broken: readonly BrokenRow[], responsibilities: Float64Array, statistics: Statistics): void {
    const { components, dimensions } = this.#pass.scorer;
    const { covariance } = statistics.shape;
    const entering = rowsOf(this.#pass.moments!.means, dimensions);
    for (let k = 0, from = 0; k < components; k++) {
      this.#marginals.choose(k);
      const shift = this.#marginals.mean.map((value, j) => value - entering[k]![j]!);
      const first = statistics.first[k]!;
      const second = statistics.second[k]!;
      for (const { row, missing } of broken) {
        const share = responsibilities[from++]!;
        if (share === 0) continue;
        const { expected, spread } = this.#marginals.of(row, missing, true);
        for (let j = 0; j < dimensions; j++) expected[j]! += shift[j]!;
        statistics.counts[k]! += share;
        for (let j = 0; j < dimensions; j++) first[j]! += share * expected[j]!;
        covariance.addOuter(second, expected, share);
        for (const vector of spread) covariance.addOuter(second, vector, share);
      }
    }
  }
}

function scatter(
  out: Float64Array,
  wholeAt: readonly number[],
  broken: readonly BrokenRow[],
  some: Float64Array,
  others: Float64Array,
): void {
  for (const [n, at] of wholeAt.entries()) out[at] = some[n]!;
  for (const [n, { at }] of broken.entries()) out[at] = others[n]!;
}
