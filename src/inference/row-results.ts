// What a model computes for the rows of data, chunk by chunk.
import type { Chunk } from '../chunk.ts';
import { Pool } from '../e-step/parallel/pool.ts';
import { SettingError, tooLarge, withoutDirection, wrongWidth } from '../errors.ts';
import { checkComputing } from '../kernels/index.ts';
import type { Pass } from '../mixture/pass.ts';
import type { Scorer } from '../mixture/scorer.ts';
import type { RowData } from '../sources/data.ts';
import { openOnce, type Source } from '../sources/source.ts';
import { checkSameFrontEnd, type HasFrontEnd } from '../speech/front-end.ts';
import type { Inference, Scored } from './inference.ts';
import type { InferenceOptions } from './options.ts';

/** A model as far as rows are scored with it. */
export interface Scoring extends HasFrontEnd, Scored {
  readonly kind: string;
  readonly hasDensity: boolean;
  readonly dimensions: number;
  readonly pass: Pass;
  readonly densityPass: Pass;
  readonly distancePass: Pass;
}

/** Results of an inference, an item for each chunk of the data. */
export async function* rowResults<T>(
  model: Scoring,
  inference: Inference<T>,
  data: RowData,
  options: InferenceOptions,
): AsyncGenerator<T> {
  const pool = new Pool(checkComputing(options));
  const left = new AbortController();
  const signal = options.signal ? AbortSignal.any([options.signal, left.signal]) : left.signal;
  const source = await openOnce(data, { ...options, rowsFor: model, signal });
  try {
    checkRows(model, source);
    const jobs = [{ pass: model[inference.pass], result: inference.result }];
    const chunks = inference.needsRows ? kept(source.arriving()) : source.arriving();
    const work = { chunks, jobs, jobOf: () => 0, mostRows: source.rowsPerBlock };
    let rows = 0;
    for await (const { chunk, values, farRow } of pool.run({ ...work, signal })) {
      if (farRow >= 0) throw unscorable(model.pass.scorer)(source.name, rows + farRow + 1);
      rows += chunk.rows;
      yield inference.read(values, chunk, model);
    }
  } finally {
    left.abort(); // a stream that is read ahead may never give its next row
    await pool.close();
    if (source !== data) await source.close();
  }
}

/** Checks that a model can score the rows of a source. */
export function checkRows(model: Scoring, source: Source): void {
  const { name, dimensions } = source;
  if (dimensions !== model.dimensions) throw wrongWidth(name, dimensions, model.dimensions);
  checkSameFrontEnd(source, model);
}

/** The error for a row that a model cannot score. */
export const unscorable = ({ isOfDirections }: Scorer): typeof tooLarge | typeof withoutDirection =>
  isOfDirections ? withoutDirection : tooLarge;

/** The inference, of a model that has probabilities. */
export function probabilistic<T>({ hasDensity, kind }: Scoring, inference: Inference<T>): Inference<T> {
  if (hasDensity) return inference;
  throw new SettingError('not-offered', `a ${kind} gives labels only: it has no probabilities`);
}

/** Chunks whose memory is not given back. */
async function* kept(chunks: AsyncIterable<Chunk>): AsyncGenerator<Chunk> {
  for await (const chunk of chunks) yield { ...chunk, release: undefined };
}
