// Utterances as one table.
import { DataError } from '../../errors.ts';
import type { Batch, Table, UtterancePlace } from '../table.ts';

/** Rows that belong together and have a name. */
export interface Utterance {
  readonly key: string;
  /** Where it begins in the input, which can be read on from there. */
  readonly position: number;
  /** 0 if there are no rows. */
  readonly dimensions: number;
  readonly batches: AsyncGenerator<Batch>;
}

/** Utterances as one table, which begins with the one given, or the first; no batch is of two of them. */
export async function tableOfUtterances(
  name: string,
  utterances: AsyncGenerator<Utterance>,
  from: Pick<UtterancePlace, 'number' | 'row'> = { number: 0, row: 0 },
): Promise<Table> {
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
    let row = from.row + 1;
    let utteranceNumber = from.number;
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
        yield { ...batch, utterance: next.key, utteranceNumber, utterancePosition: next.position };
      }
    }
  }
  const close = async (): Promise<void> => void (await utterances.return(undefined));
  return { dimensions, begins: from.row, batches: batches(), close };
}

async function drain({ batches }: Utterance): Promise<void> {
  for await (const _ of batches);
}
