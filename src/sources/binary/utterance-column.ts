// A column of names, by which rows are cut into utterances.
import type { Batch } from '../table.ts';
import { badCell } from '../text/cells.ts';
import type { ColumnValues } from './columnar.ts';
import type { Numbers } from './number-types.ts';

/** Different texts by numbers from 0, so that a column of texts is read as one of numbers is. */
export class TextCodes {
  readonly #codes = new Map<string, number>();
  readonly #texts: string[] = [];

  codeOf(text: string): number {
    const known = this.#codes.get(text);
    if (known !== undefined) return known;
    this.#codes.set(text, this.#texts.length);
    return this.#texts.push(text) - 1;
  }

  textOf(code: number): string {
    return this.#texts[code]!;
  }
}

/** Cuts rows where the utterance changes. */
export class UtteranceCutter {
  readonly #name: string;
  readonly #column: string;
  /** Absent where the names are numbers. */
  readonly #texts: TextCodes | undefined;
  #last: string | undefined;
  #number = -1;

  constructor(name: string, column: string, texts: TextCodes | undefined) {
    this.#name = name;
    this.#column = column;
    this.#texts = texts;
  }

  /**
   * Batches of rows whose names are those from `start` on; `before` rows came earlier.
   *
   * @throws DataError for a row without a name.
   */
  *cut(data: Numbers, dimensions: number, names: ColumnValues, start: number, before: number): Generator<Batch> {
    const rows = data.length / dimensions;
    const nameOf = (row: number): string => {
      const value = names[start + row];
      if (value === null || value === undefined || Number.isNaN(value))
        throw badCell(this.#name, before + row + 1, this.#column, null);
      return this.#texts ? this.#texts.textOf(Number(value)) : String(value);
    };
    for (let from = 0; from < rows; ) {
      const utterance = nameOf(from);
      let to = from + 1;
      while (to < rows && nameOf(to) === utterance) to++;
      if (utterance !== this.#last) this.#number++;
      this.#last = utterance;
      const some = data.subarray(from * dimensions, to * dimensions);
      yield { data: some, utterance, utteranceNumber: this.#number };
      from = to;
    }
  }
}
