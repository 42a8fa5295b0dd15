// Writes Kaldi archives, an entry per utterance, and the lists that say where each is.
import { type FileHandle, open } from 'node:fs/promises';
import { basename } from 'node:path';
import { writeAtomically } from '../../files/atomic.ts';
import { writeFully } from '../../files/header-and-rows.ts';
import { entryFormat } from './ark-entries.ts';
import { PartNames } from './part-names.ts';
import { byPart, type PartRuns, type RowRuns } from './runs.ts';

/** How an archive is written. */
export interface ArkOptions {
  /** Whether as text (`ark,t:`). */
  readonly isText?: boolean | undefined;
  /** Whether matrices have a byte a number. */
  readonly compress?: boolean | undefined;
  /** The list of its entries (`ark,scp:`), a key and `file:offset` a line. */
  readonly scp?: string | undefined;
}

/**
 * Writes rows as a Kaldi archive, an entry for each part: a matrix, of float32 (FM) if the rows are, else of float64 (DM); of labels a vector of whole numbers;
 * of one number a row a vector; of sparse rows a posterior. Rows of no part are under the name of the file.
 *
 * @throws DataError where two parts would have one key.
 */
export async function writeArk(path: string, rows: RowRuns, options: ArkOptions = {}): Promise<void> {
  const { scp } = options;
  if (scp === undefined) return writeArchive(path, rows, options, async () => {});
  await writeAtomically(scp, async (temporary) => {
    const list = await open(temporary, 'r+');
    try {
      const tell = async (key: string, offset: number): Promise<void> =>
        void (await writeFully(list, Buffer.from(`${key} ${path}:${offset}\n`), null));
      await writeArchive(path, rows, options, tell);
    } finally {
      await list.close();
    }
  });
}

async function writeArchive(
  path: string,
  { runs, columns }: RowRuns,
  { isText = false, compress = false }: ArkOptions,
  tell: (key: string, offset: number) => Promise<void>,
): Promise<void> {
  const names = new PartNames(path, 'archive', basename(path).replace(/\.ark$/i, ''));
  await writeAtomically(path, async (temporary) => {
    const file = await open(temporary, 'r+');
    try {
      let position = 0;
      for await (const { part, runs: ofPart } of byPart(runs)) {
        const key = names.of(part);
        const start = Buffer.from(`${key} `);
        await writeFully(file, start, position);
        position += start.length;
        await tell(key, position);
        position = await writeEntry(file, position, key, ofPart, { columns, isText, compress });
      }
    } finally {
      await file.close();
    }
  });
  names.tell();
}

/** Returns where it ends. */
async function writeEntry(
  file: FileHandle,
  start: number,
  key: string,
  runs: PartRuns['runs'],
  options: Parameters<typeof entryFormat>[2],
): Promise<number> {
  let format: ReturnType<typeof entryFormat> | undefined;
  let position = start;
  let rows = 0;
  const put = async (bytes: Uint8Array | string): Promise<void> => {
    position += await writeFully(file, typeof bytes === 'string' ? Buffer.from(bytes) : bytes, position);
  };
  for await (const run of runs) {
    if (!format) {
      format = entryFormat(key, run, options);
      await put(format.header(0));
    }
    rows += run.data.length / (options.columns ?? 1);
    await put(format.encode(run));
  }
  if (format?.end) await put(format.end());
  const header = format?.header(rows) ?? '';
  await writeFully(file, typeof header === 'string' ? Buffer.from(header) : header, start);
  return position;
}
