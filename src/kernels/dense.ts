// Kernel that computes all log densities.
import type { Chunk } from '../chunk.ts';
import { NEGLIGIBLE } from '../mixture/assignment.ts';
import type { Pass } from '../mixture/pass.ts';
import type { Statistics } from '../mixture/statistics.ts';
import { Group } from './batch-group.ts';
import { Centred } from './densities/centred.ts';
import { Tails } from './densities/tails.ts';
import { BATCH, forBatches, type Kernel, toRows } from './kernel.ts';
import { everyOne, momentSums } from './moments/moments.ts';
import type { MomentSums } from './moments/sums.ts';
import type { Precision } from './precision.ts';
import { Memory } from './wasm-memory.ts';

/** The E-step in WebAssembly SIMD, in the same steps as the JavaScript kernel: all log densities of all rows. */
export class DenseKernel implements Kernel {
  readonly #pass: Pass;
  readonly #memory = new Memory();
  readonly #group: Group;
  readonly #centred: Centred;
  readonly #tails: Tails | undefined;
  readonly #moments: MomentSums | undefined;
  readonly #precision: Precision;
  readonly #at: Readonly<Record<'floats' | 'densities' | 'scratch', number>>;
  readonly #densities: Float64Array;

  constructor(pass: Pass, precision: Precision) {
    const { components, dimensions } = pass.scorer;
    const memory = this.#memory;
    this.#pass = pass;
    this.#group = new Group(memory, components, dimensions);
    this.#tails = Tails.of(memory, pass.scorer);
    this.#precision = this.#tails?.isProduct ? 'f64' : precision;
    this.#centred = new Centred(memory, this.#tails?.inner ?? pass.scorer, this.#precision);
    this.#at = {
      floats: memory.reserve(BATCH * 4),
      densities: memory.reserve(components * BATCH * 8),
      scratch: memory.reserve(BATCH * 8),
    };
    this.#moments = pass.moments && momentSums(pass.moments, memory, dimensions, everyOne(components, precision));
    memory.allocate();
    this.#group.begin();
    this.#centred.begin();
    this.#tails?.begin();
    this.#moments?.begin();
    this.#densities = memory.doubles(this.#at.densities, components * BATCH);
  }

  addChunk(chunk: Chunk, statistics: Statistics): void {
    const { scorer, assignment } = this.#pass;
    const { components } = scorer;
    const { calls } = this.#memory;
    const { densities, scratch } = this.#at;
    const group = this.#group;
    const { at } = group;
    const assign = calls[assignment]!;
    let sum = 0;
    let done = 0;
    const finish = (): void => {
      statistics.addRows(group.rows, group.weight, sum);
      statistics.farthest?.note(chunk, done, group.rows, group.logNormalisers);
      done += group.rows;
      group.complete();
      this.#moments?.add(group);
      group.clear();
      sum = 0;
    };
    forBatches(chunk, (start, rows) => {
      const { first } = this.#score(chunk, start, rows);
      const weights = at.weights + first * 8;
      const normalisers = at.logNormalisers + first * 8;
      sum += assign(densities, components, BATCH, rows, NEGLIGIBLE, weights, normalisers, scratch);
      group.close(calls.collect!(densities, components, BATCH, rows, first, group.end, group.starts));
      if (group.isFull) finish();
    });
    if (group.rows > 0) finish();
    statistics.farthest?.add(chunk);
    this.#moments?.moveTo(statistics);
  }

  label(chunk: Chunk, labels: Float64Array, highest: Float64Array): void {
    const { calls } = this.#memory;
    const { densities } = this.#at;
    const { at } = this.#group;
    forBatches(chunk, (start, rows) => {
      this.#score(chunk, start, rows);
      calls.mostProbable!(densities, this.#pass.scorer.components, BATCH, rows, at.highest, at.labels);
      labels.set(this.#group.labels, start);
      highest.set(this.#group.highest, start);
      this.#group.clear();
    });
  }

  logNormalise(chunk: Chunk, logNormalisers: Float64Array): void {
    forBatches(chunk, (start, rows) => {
      this.#score(chunk, start, rows);
      this.#normalise(start, rows, logNormalisers);
      this.#group.clear();
    });
  }

  logDensities(chunk: Chunk, densities: Float64Array, logNormalisers?: Float64Array): void {
    forBatches(chunk, (start, rows) => {
      this.#score(chunk, start, rows);
      if (logNormalisers) this.#normalise(start, rows, logNormalisers);
      toRows(this.#densities, this.#pass.scorer.components, rows, densities, start);
      this.#group.clear();
    });
  }

  close(): void {
    this.#memory.close();
  }

  #normalise(start: number, rows: number, logNormalisers: Float64Array): void {
    const { components } = this.#pass.scorer;
    const { densities, scratch } = this.#at;
    const { at } = this.#group;
    this.#memory.calls.normalise!(densities, components, BATCH, rows, NEGLIGIBLE, at.logNormalisers, scratch);
    logNormalisers.set(this.#group.logNormalisers, start);
  }

  /** All log densities of some rows, as doubles. */
  #score(chunk: Chunk, start: number, rows: number): { readonly first: number } {
    const { floats, densities } = this.#at;
    const batch = this.#group.take(chunk, start, rows);
    this.#centred.pack(batch);
    for (let k = 0; k < this.#pass.scorer.components; k++) {
      const run = densities + k * BATCH * 8;
      this.#centred.score(k, rows, this.#precision === 'f64' ? run : floats);
      if (this.#precision === 'f32') this.#memory.calls.widen!(floats, BATCH, run);
      this.#tails?.turn(k, rows, run);
    }
    return batch;
  }
}
