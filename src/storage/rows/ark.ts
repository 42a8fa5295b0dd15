// Writes Kaldi archives, a matrix per utterance.
import { type FileHandle, open } from 'node:fs/promises';
import { basename } from 'node:path';
import { DataError } from '../../errors.ts';
import { writeAtomically } from '../../files/atomic.ts';
import { bytesOf, checkRun, type Numbers, writeFully } from '../../files/header-and-rows.ts';

/** A file, or an utterance of one, that rows are from. */
export interface RowPart {
  /** From 1; each part has another. */
  readonly number: number;
  readonly name?: string | undefined;
}

const MOST_ROWS = 2 ** 31 - 1;

/**
 * Writes a stream of runs of rows as a Kaldi archive: a matrix for each part, binary, of float32 (FM) if the rows are, else of
 * float64 (DM). Rows of no name are under that of the file.
 *
 * @param part what the run that was given last is of.
 * @throws DataError where two parts would have one key.
 */
export async function writeArk(
  path: string,
  runs: AsyncIterable<Numbers>,
  columns: number,
  part: () => RowPart = () => ({ number: 1 }),
): Promise<void> {
  const keys = new Keys(path);
  await writeAtomically(path, async (temporary) => {
    const file = await open(temporary, 'r+');
    try {
      let first: Numbers | undefined;
      let matrix: MatrixWriter | undefined;
      let current: number | undefined;
      let position = 0;
      for await (const run of runs) {
        first ??= run;
        checkRun(run, first, columns, path);
        const { number, name } = part();
        if (!matrix || number !== current) {
          await matrix?.end();
          matrix = new MatrixWriter(file, position, keys.of(name), run instanceof Float32Array, columns);
          current = number;
        }
        await matrix.write(run);
        position = matrix.position;
      }
      await matrix?.end();
    } finally {
      await file.close();
    }
  });
  keys.tell();
}

/** Keys of an archive's matrices; all are kept in memory, a few bytes each. */
class Keys {
  readonly #path: string;
  readonly #taken = new Set<string>();
  #changed = 0;
  #firstChange = '';

  constructor(path: string) {
    this.#path = path;
  }

  /** A key is a word, and no two are the same: Kaldi's tools find matrices by them. */
  of(name = basename(this.#path).replace(/\.ark$/i, '')): string {
    const key = name.replace(/[\s\p{C}]+/gu, '-') || 'rows';
    if (this.#taken.has(key)) {
      throw new DataError(
        'unwritable-rows',
        `${this.#path}: two utterances would have the key ${key}, but an archive has each key once: rename one, or write two archives`,
        { source: this.#path },
      );
    }
    this.#taken.add(key);
    if (key !== name) {
      this.#firstChange ||= `${JSON.stringify(name)} is called ${key} in it`;
      this.#changed++;
    }
    return key;
  }

  /** Says which names could not be keys. */
  tell(): void {
    if (this.#changed === 0) return;
    const others = this.#changed === 1 ? '' : `, and so ${this.#changed - 1} more`;
    process.emitWarning(`${this.#path}: ${this.#firstChange}${others}, as keys of an archive have no blanks`);
  }
}

/** One matrix, whose number of rows is filled in at its end. */
class MatrixWriter {
  position: number;
  readonly #key: string;
  readonly #file: FileHandle;
  readonly #start: number;
  readonly #isSingle: boolean;
  readonly #columns: number;
  #rows = 0;

  constructor(file: FileHandle, start: number, key: string, isSingle: boolean, columns: number) {
    this.#key = key;
    this.#file = file;
    this.#start = start;
    this.#isSingle = isSingle;
    this.#columns = columns;
    this.position = start + this.#header().length;
  }

  async write(run: Numbers): Promise<void> {
    this.#rows += run.length / this.#columns;
    const numbers = run instanceof Int32Array ? Float64Array.from(run) : run;
    this.position += await writeFully(this.#file, bytesOf(numbers), this.position);
  }

  async end(): Promise<void> {
    await writeFully(this.#file, this.#header(), this.#start);
  }

  #header(): Buffer {
    if (this.#rows > MOST_ROWS) {
      throw new DataError(
        'unwritable-rows',
        `${this.#key}: ${this.#rows} rows, but a matrix of Kaldi has room for ${MOST_ROWS}: split the data`,
        { source: this.#key },
      );
    }
    const name = Buffer.from(`${this.#key} `);
    const rest = Buffer.from(`\0B${this.#isSingle ? 'F' : 'D'}M \x04....\x04....`, 'latin1');
    rest.writeInt32LE(this.#rows, 6);
    rest.writeInt32LE(this.#columns, 11);
    return Buffer.concat([name, rest]);
  }
}
