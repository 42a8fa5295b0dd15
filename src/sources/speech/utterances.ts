// Utterances as one table.
import { DataError } from '../../errors.ts';
import type { Batch, Table } from '../table.ts';

/** Rows that belong together and have a name. */
export interface Utterance {
  readonly key: string;
  /** 0 if there are no rows. */
  readonly dimensions: number;
  readonly batches: AsyncGenerator<Batch>;
}

/** Utterances as one table; no batch is of two of them. */
export async function tableOfUtterances(name: string, utterances: AsyncGenerator<Utterance>): Promise<Table> {
  let first: Utterance | undefined;
  try {
    for (;;) {
      const { value, done } = await utterances.next();
      if (done) throw new DataError('empty', `${name} is empty: expected utterances, each a matrix`, { source: name });
      first = value;
      if (first.dimensions > 0) break;
      await drain(first);
    }
  } catch (error) {
    await utterances.return(undefined);
    throw error;
  }
  const { dimensions, key } = first;

  async function* batches(): AsyncGenerator<Batch> {
    let row = 1;
    let utteranceNumber = 0;
    for (let next: Utterance | undefined = first; next; next = (await utterances.next()).value, utteranceNumber++) {
      if (next.dimensions !== dimensions && next.dimensions > 0) {
        throw new DataError(
          'ragged-row',
          `${name}, utterance ${next.key} (row ${row}): received ${next.dimensions} columns, expected ${dimensions} as in ${key}`,
          { source: name, row },
        );
      }
      for await (const batch of next.batches) {
        row += batch.data.length / dimensions;
        yield { ...batch, utterance: next.key, utteranceNumber };
      }
    }
  }
  return { dimensions, batches: batches(), close: async () => void (await utterances.return(undefined)) };
}

async function drain({ batches }: Utterance): Promise<void> {
  for await (const _ of batches);
}
