import { type FileHandle, open } from 'node:fs/promises';
import { basename } from 'node:path';
import { DataError } from '../errors.ts';
import { writeAtomically } from './atomic.ts';
import { bytesOf, checkRun, type Numbers, writeFully } from './headed.ts';

const MOST_ROWS = 2 ** 31 - 1;

/**
 * Writes a stream of runs of rows as a Kaldi archive: a matrix for each utterance, binary, of float32 (FM) if the rows are, else of
 * float64 (DM). Rows of no utterance are under the name of the file.
 *
 * @param utterance the utterance of the run that was given last.
 */
export async function writeArk(
  path: string,
  runs: AsyncIterable<Numbers>,
  columns: number,
  utterance: () => string | undefined = () => undefined,
): Promise<void> {
  await writeAtomically(path, async (temporary) => {
    const file = await open(temporary, 'r+');
    try {
      let first: Numbers | undefined;
      let matrix: MatrixWriter | undefined;
      let position = 0;
      for await (const run of runs) {
        first ??= run;
        checkRun(run, first, columns, path);
        const key = utterance() ?? keyOf(path);
        if (key !== matrix?.key) {
          await matrix?.end();
          matrix = new MatrixWriter(file, position, key, run instanceof Float32Array, columns);
        }
        await matrix.write(run);
        position = matrix.position;
      }
      await matrix?.end();
    } finally {
      await file.close();
    }
  });
}

/** The name of a file without its ending, as a word. */
const keyOf = (path: string): string =>
  basename(path)
    .replace(/\.ark$/i, '')
    .replace(/[\s\p{C}]+/gu, '-') || 'rows';

/** One matrix, whose number of rows is filled in at its end. */
class MatrixWriter {
  readonly key: string;
  position: number;
  readonly #file: FileHandle;
  readonly #start: number;
  readonly #isSingle: boolean;
  readonly #columns: number;
  #rows = 0;

  constructor(file: FileHandle, start: number, key: string, isSingle: boolean, columns: number) {
    this.key = key;
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
        `${this.key}: ${this.#rows} rows, but a matrix of Kaldi has room for ${MOST_ROWS}: split the data`,
      );
    }
    const name = Buffer.from(`${this.key} `);
    const rest = Buffer.from(`\0B${this.#isSingle ? 'F' : 'D'}M \x04....\x04....`, 'latin1');
    rest.writeInt32LE(this.#rows, 6);
    rest.writeInt32LE(this.#columns, 11);
    return Buffer.concat([name, rest]);
  }
}
