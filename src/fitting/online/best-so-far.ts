// The best model on held-out data so far.
import type { Pool } from '../../e-step/parallel/pool.ts';
import { DataError } from '../../errors.ts';
import { MixtureModel } from '../../inference/model.ts';
import { rowOf } from '../../mixture/mixture.ts';
import type { RowData } from '../../sources/data.ts';
import { openAgain, type Source } from '../../sources/source.ts';
import { checkSameFrontEnd, type FrontEnd } from '../../speech/front-end.ts';
import type { ModelState } from '../../storage/model-file.ts';
import { criterionOn } from '../algorithms/evaluate.ts';
import { STREAM } from './learner.ts';
import type { OnlineCheck } from './settings.ts';

/** Held-out data, and the model that was the best on them. */
export class BestSoFar {
  readonly #pool: Pool;
  readonly #data: RowData;
  readonly #signal: AbortSignal | undefined;
  #opening: Promise<Source> | undefined;
  #source: Source | undefined;
  #model: MixtureModel | undefined;

  constructor(pool: Pool, data: RowData, signal: AbortSignal | undefined, model: MixtureModel | undefined) {
    this.#pool = pool;
    this.#data = data;
    this.#signal = signal;
    this.#model = model;
  }

  get model(): MixtureModel | undefined {
    return this.#model;
  }

  /** Opens the data early, so that unusable data are refused before anything is learned. */
  async open(expected: number, frontEnd: FrontEnd | undefined): Promise<void> {
    if (this.#opening) return;
    const rowsFor = { name: STREAM, frontEnd };
    this.#opening = openAgain(this.#data, { name: 'the held-out data', signal: this.#signal, rowsFor });
    this.#source = await this.#opening;
    checkSameFrontEnd(this.#source, rowsFor);
    const { name, dimensions } = this.#source;
    if (dimensions === expected) return;
    throw new DataError(
      'wrong-width',
      `${name} has ${dimensions} columns, but ${STREAM} has ${expected}: both must have the same`,
      { source: name },
    );
  }

  /** Evaluates a model, and keeps it if it is the best. */
  async check(state: ModelState): Promise<Pick<OnlineCheck, 'heldOutCriterion' | 'heldOutRows' | 'isBest'>> {
    const { mixture, parameters } = state;
    const on = await criterionOn(this.#pool, mixture, parameters, this.#source!, { signal: this.#signal });
    const { criterion: heldOutCriterion, rows } = on;
    const sign = Math.sign(rowOf(mixture).criterionScale);
    const before = this.#model?.heldOutCriterion?.at(-1);
    const isBest = before === undefined || sign * heldOutCriterion > sign * before;
    if (isBest) this.#model = new MixtureModel({ ...state, heldOutCriterion: [heldOutCriterion] });
    return { heldOutCriterion, heldOutRows: rows, isBest };
  }

  /** Closes the data, unless the caller opened them. */
  async close(): Promise<void> {
    const source = await this.#opening?.catch(() => undefined);
    if (source !== this.#data) await source?.close();
  }
}
