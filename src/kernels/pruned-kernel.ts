// Kernel that computes exactly only the pairs of row and component that matter.
import type { Chunk } from '../chunk.ts';
import { NEGLIGIBLE } from '../mixture/assignment.ts';
import type { Pass } from '../mixture/pass.ts';
import { type Scorer, squaresOf } from '../mixture/scorer.ts';
import type { Statistics } from '../mixture/statistics.ts';
import { Group, MOST_ROWS } from './batch-group.ts';
import type { Blas } from './blas-library.ts';
import { DenseKernel } from './dense.ts';
import { Centred } from './densities/centred.ts';
import { CentredRefinement, ProductRefinement, type Refinement } from './densities/refinement.ts';
import { type Line, Tails } from './densities/tails.ts';
import { BATCH, forBatches, type Kernel } from './kernel.ts';
import { momentSums } from './moments/moments.ts';
import type { MomentSums } from './moments/sums.ts';
import { isOfFloatSize, type Precision } from './precision.ts';
import { CentredScreen } from './screen/centred-screen.ts';
import { GroupedScreen } from './screen/grouped-screen.ts';
import { ProductScreen } from './screen/product-screen.ts';
import {
  FLOAT_ROUNDING,
  isDoubtful,
  narrowed,
  type RoundingBounds,
  type Thresholds,
  thresholds,
} from './screen/rounding.ts';
import type { Screen } from './screen/screen.ts';
import { Memory } from './wasm-memory.ts';

/** Rows of fewer dimensions are computed faster all at once. */
const FEWEST_DIMENSIONS = 8;

/**
 * The E-step where most pairs of row and component have a responsibility that is next to nothing: all log densities in
 * floats, fast; then, of the pairs that floats cannot rule out, in doubles those that floats are not good enough for.
 *
 * A batch goes through five steps: `Screen.score` (floats), `certain` and `pick` (pairs), `Refinement.refine` (doubles),
 * `share` (responsibilities), `MomentSums.add` (statistics).
 */
export class PrunedKernel implements Kernel {
  readonly #pass: Pass;
  readonly #precision: Precision;
  readonly #memory = new Memory();
  readonly #group: Group;
  readonly #centred: Centred;
  /** Of what is computed anew. */
  readonly #refined: Centred;
  readonly #tails: Tails | undefined;
  readonly #screen: Screen;
  readonly #refinement: Refinement;
  readonly #moments: MomentSums | undefined;
  /** Of what the screen gives. */
  readonly #rounding: readonly RoundingBounds[];
  /** Of the log densities that follow from it. */
  readonly #bounds: readonly RoundingBounds[];
  readonly #thresholds: Thresholds;
  readonly #doubtful: readonly number[];
  readonly #at: Readonly<
    Record<
      'floats' | 'doubles' | 'scratch' | 'highest' | 'lowSlopes' | 'lowOffsets' | 'highSlopes' | 'kept' | 'exact',
      number
    >
  >;
  #floats: Float32Array | undefined;
  #dense: DenseKernel | undefined;

  static can({ scorer, assignment }: Pass): boolean {
    const { dimensions, evidence, whitening } = scorer;
    const isSoft =
      assignment === 'soft' && evidence?.deviations.every(isOfFloatSize) === true && whitening === undefined;
    return isSoft && CentredScreen.can(scorer) && CentredRefinement.can(scorer) && dimensions >= FEWEST_DIMENSIONS;
  }

  /** With a BLAS library, floats come of products of matrices. */
  constructor(pass: Pass, precision: Precision, blas?: Blas) {
    const { scorer, moments } = pass;
    const { components, dimensions } = scorer;
    const memory = this.#memory;
    this.#pass = pass;
    this.#precision = precision;
    this.#group = new Group(memory, components, dimensions);
    this.#tails = Tails.of(memory, scorer);
    const screened = this.#tails ? squaresOf(scorer) : scorer;
    const refined = this.#tails?.inner ?? scorer;
    this.#centred = new Centred(memory, screened, 'f64');
    this.#refined = this.#tails?.isProduct ? new Centred(memory, refined, 'f64') : this.#centred;
    const screenOf = (of: Scorer): Screen =>
      blas && ProductScreen.can(of) ? new ProductScreen(memory, of, blas) : new CentredScreen(memory, of);
    this.#screen = this.#tails?.isProduct ? new GroupedScreen(screened, screenOf) : screenOf(screened);
    this.#doubtful = [...this.#screen.bounds.keys()].filter((k) =>
      isDoubtful(this.#screen.bounds[k]!, dimensions, precision),
    );
    this.#rounding = this.#screen.bounds.map((bounds, k) => (this.#doubtful.includes(k) ? narrowed : bounds));
    this.#bounds = this.#rounding.map((bounds, k) => this.#tails?.boundsOf(k, bounds) ?? bounds);
    this.#thresholds = thresholds(scorer, this.#bounds, precision, moments !== undefined);
    this.#at = {
      floats: memory.reserve(this.#screen.groups * components * BATCH * 4),
      doubles: memory.reserve(BATCH * 8),
      scratch: memory.reserve(this.#tails ? MOST_ROWS * 8 : 0),
      highest: memory.reserve(BATCH * 4),
      lowSlopes: memory.reserve(components * 4),
      lowOffsets: memory.reserve(components * 4),
      highSlopes: memory.reserve(components * 4),
      kept: memory.reserve(components * 4),
      exact: memory.reserve(components * 4),
    };
    this.#refinement =
      blas && ProductRefinement.can(refined)
        ? new ProductRefinement(memory, refined, this.#refined, blas)
        : new CentredRefinement(memory, refined, this.#refined);
    this.#moments = moments && momentSums(moments, memory, dimensions, this.#thresholds, blas);
    memory.allocate();
    this.#group.begin();
    this.#centred.begin();
    if (this.#refined !== this.#centred) this.#refined.begin();
    this.#tails?.begin();
    this.#screen.begin();
    this.#refinement.begin();
    this.#moments?.begin();
    this.#begin();
  }

  /** Writes what floats are compared by; the comparison is in floats itself, which the bounds leave room for. */
  #begin(): void {
    const { components, constants } = this.#pass.scorer;
    const { least: left, exact } = this.#thresholds;
    const at = this.#at;
    this.#floats = this.#memory.floats(at.floats, this.#screen.groups * components * BATCH);
    const floats = (to: number, value: (bounds: RoundingBounds, k: number) => number): void =>
      this.#memory.floats(to, components).set(this.#bounds.map(value));
    const slope = ({ errorSlope }: RoundingBounds): number => errorSlope + 4 * FLOAT_ROUNDING;
    const offset = (bounds: RoundingBounds, k: number): number =>
      bounds.error0 + slope(bounds) * constants[k]! + 8 * FLOAT_ROUNDING * Math.abs(constants[k]!);
    const least = (bounds: RoundingBounds, k: number): Line =>
      this.#tails?.isProduct
        ? this.#tails.leastOf(k, this.#rounding[k]!)
        : { slope: 1 + slope(bounds), offset: offset(bounds, k) };
    floats(at.lowSlopes, (bounds, k) => least(bounds, k).slope);
    floats(at.lowOffsets, (bounds, k) => least(bounds, k).offset);
    floats(at.highSlopes, (bounds) => 1 - slope(bounds));
    floats(at.kept, (bounds, k) => offset(bounds, k) - Math.log(left[k]!));
    floats(at.exact, (bounds, k) => offset(bounds, k) - Math.log(exact[k]!));
  }

  addChunk(chunk: Chunk, statistics: Statistics): void {
    this.#forGroups(chunk, (group) => {
      statistics.addRows(group.rows, group.weight, this.#share());
      this.#moments?.add(group);
    });
    this.#moments?.moveTo(statistics);
  }

  label(chunk: Chunk, labels: Float64Array, highest: Float64Array): void {
    const { components } = this.#pass.scorer;
    this.#forGroups(chunk, (group, start) => {
      const { at, batches, rows } = group;
      this.#memory.calls.best!(components, batches, at.starts, rows, at.labels, at.highest);
      labels.set(group.labels, start);
      highest.set(group.highest, start);
    });
  }

  logNormalise(chunk: Chunk, logNormalisers: Float64Array): void {
    this.#forGroups(chunk, (group, start) => {
      this.#share();
      logNormalisers.set(group.logNormalisers, start);
    });
  }

  logDensities(chunk: Chunk, densities: Float64Array, logNormalisers?: Float64Array): void {
    this.#dense ??= new DenseKernel({ ...this.#pass, moments: undefined }, this.#precision);
    this.#dense.logDensities(chunk, densities, logNormalisers);
  }

  close(): void {
    this.#memory.close();
    this.#dense?.close();
  }

  /** Visits groups of rows whose pairs have log densities. */
  #forGroups(chunk: Chunk, visit: (group: Group, start: number) => void): void {
    const group = this.#group;
    let done = 0;
    const finish = (): void => {
      this.#refine(group);
      visit(group, done);
      done += group.rows;
      group.clear();
    };
    forBatches(chunk, (start, rows) => {
      this.#pick(chunk, start, rows);
      if (group.isFull) finish();
    });
    if (group.rows > 0) finish();
  }

  #refine(group: Group): void {
    if (!this.#tails || this.#tails.isProduct) {
      this.#refinement.refine(group, group.at.highest);
      return;
    }
    this.#refinement.refine(group, this.#at.scratch);
    this.#tails.turnPairs(group, this.#at.scratch);
  }

  /** Makes pairs of a batch. */
  #pick(chunk: Chunk, start: number, rows: number): void {
    const { components } = this.#pass.scorer;
    const { calls } = this.#memory;
    const { floats, doubles, lowSlopes, lowOffsets, highest, highSlopes, kept, exact } = this.#at;
    const group = this.#group;
    const batch = group.take(chunk, start, rows);
    this.#screen.score(batch, floats);
    if (this.#doubtful.length > 0) this.#centred.pack(batch);
    for (const k of this.#doubtful) {
      this.#centred.score(k, rows, doubles);
      calls.narrow!(doubles, BATCH, floats + k * BATCH * 4);
      for (let slice = 1; slice < this.#screen.groups; slice++) {
        const run = (slice * components + k) * BATCH;
        this.#floats!.fill(0, run, run + BATCH);
      }
    }
    const ofGroup = group.at.highest + batch.first * 8;
    const certain = this.#tails ? this.#tails.turnFloats(floats, this.#screen.groups, rows) : floats;
    calls.certain!(certain, components, BATCH, rows, lowSlopes, lowOffsets, highest, ofGroup);
    const { first } = batch;
    const { end, starts } = group;
    group.close(calls.pick!(floats, components, BATCH, rows, first, highest, highSlopes, kept, exact, end, starts));
  }

  /** Turns log densities into shares of the rows; returns the weighted sum of their log normalisers. */
  #share(): number {
    const { at, rows, end } = this.#group;
    const { highest, inverses, logNormalisers, weights } = at;
    return this.#memory.calls.share!(at.pairs, end, rows, NEGLIGIBLE, highest, inverses, logNormalisers, weights);
  }
}
