// One utterance of a file that holds several: `file.ark:name`.
import { DataError } from '../errors.ts';
import type { Batch, Table } from './table.ts';

/**
 * The rows of the utterances of a name; two may have the same.
 *
 * @throws DataError, when they are read, if there is none.
 */
export function ofUtterance({ begins, rows, batches, ...table }: Table, utterance: string, path: string): Table {
  async function* picked(): AsyncGenerator<Batch> {
    let isFound = false;
    let first: string | undefined;
    for await (const batch of batches) {
      first ??= batch.utterance;
      if (batch.utterance !== utterance) {
        batch.release?.();
        continue;
      }
      isFound = true;
      yield batch;
    }
    if (isFound) return;
    const others = first === undefined ? 'its rows have no names' : `its first is ${first}`;
    throw new DataError('empty', `${path} has no utterance ${utterance}: ${others}`, { source: path });
  }
  return { ...table, batches: picked() };
}
