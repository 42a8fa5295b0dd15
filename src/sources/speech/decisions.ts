// Decisions which rows have voice, from a file.
import { DataError, fileError } from '../../errors.ts';
import { fileInput, readUntil } from '../file-input.ts';
import { formatOf, nameOf, openAs } from '../formats.ts';
import type { Batch, Table } from '../table.ts';
import { stemOf } from './groups.ts';

/**
 * Decisions of an archive or list of vectors, one number a row, looked up by utterance. They are read along, in the order of the file; what is not
 * found before its end is looked for once more from its beginning, so that only one is held at a time.
 */
export class Decisions {
  readonly #path: string;
  readonly #signal: AbortSignal | undefined;
  #table: Table | undefined;
  #batches: AsyncIterator<Batch> | undefined;
  /** That which was read last, where it was not asked for yet. */
  #next: Batch | undefined;

  constructor(path: string, signal: AbortSignal | undefined) {
    const format = formatOf(path);
    if (!format || !['ark', 'scp'].includes(nameOf(format)))
      throw new DataError('wrong-format', `${path}: expected decisions in an archive (.ark) or a list (.scp)`, {
        source: path,
      });
    this.#path = path;
    this.#signal = signal;
  }

  /** The decisions of an utterance, not 0 for rows with voice. */
  async of(utterance: string): Promise<Float64Array> {
    for (let turn = 0; turn < 2; turn++) {
      for (let batch = await this.#read(); batch; batch = await this.#read()) {
        if (batch.utterance === utterance || batch.utterance === stemOf(utterance)) return this.#rest(batch);
        batch.release?.();
      }
      await this.close();
    }
    throw new DataError('mismatch', `${this.#path} has no decisions for utterance ${utterance}`, {
      source: this.#path,
    });
  }

  async close(): Promise<void> {
    const table = this.#table;
    [this.#table, this.#batches, this.#next] = [undefined, undefined, undefined];
    await table?.close();
  }

  /** All numbers of an utterance, which may come in several pieces. */
  async #rest(first: Batch): Promise<Float64Array> {
    const pieces: number[] = [];
    let batch: Batch | undefined = first;
    for (; batch && batch.utteranceNumber === first.utteranceNumber; batch = await this.#read()) {
      for (const value of batch.data) pieces.push(value);
      batch.release?.();
    }
    this.#next = batch;
    return Float64Array.from(pieces);
  }

  async #read(): Promise<Batch | undefined> {
    const kept = this.#next;
    this.#next = undefined;
    if (kept) return kept;
    try {
      this.#batches ??= (await this.#open()).batches[Symbol.asyncIterator]();
      return (await this.#batches.next()).value;
    } catch (error) {
      throw fileError(error, this.#path, 'read');
    }
  }

  async #open(): Promise<Table> {
    const path = this.#path;
    const input = fileInput(path, path, undefined, readUntil(this.#signal));
    this.#table = await openAs(formatOf(path)!, input, { isList: true, signal: this.#signal });
    if (this.#table.dimensions === 1) return this.#table;
    throw new DataError(
      'wrong-shape',
      `${path} has ${this.#table.dimensions} columns: decisions are one number a row`,
      { source: path },
    );
  }
}
