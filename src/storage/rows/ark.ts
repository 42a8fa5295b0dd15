// Writes Kaldi archives, an entry per utterance, and the lists that say where each is.
import { basename } from 'node:path';
import { type GatheredWriter, writeGathered } from '../../files/gathered-writer.ts';
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
  await writeGathered(scp, (list) =>
    writeArchive(path, rows, options, (key, offset) => list.put(`${key} ${path}:${offset}\n`)),
  );
}

async function writeArchive(
  path: string,
  { runs, columns }: RowRuns,
  { isText = false, compress = false }: ArkOptions,
  tell: (key: string, offset: number) => Promise<void>,
): Promise<void> {
  const names = new PartNames(path, 'archive', basename(path).replace(/\.ark$/i, ''));
  await writeGathered(path, async (writer) => {
    for await (const { part, runs: ofPart } of byPart(runs)) {
      const key = names.of(part);
      await writer.put(`${key} `);
      await tell(key, writer.position);
      await writeEntry(writer, key, ofPart, { columns, isText, compress });
    }
  });
  names.tell();
}

async function writeEntry(
  writer: GatheredWriter,
  key: string,
  runs: PartRuns['runs'],
  options: Parameters<typeof entryFormat>[2],
): Promise<void> {
  const start = writer.position;
  let format: ReturnType<typeof entryFormat> | undefined;
  let rows = 0;
  for await (const run of runs) {
    if (!format) {
      format = entryFormat(key, run, options);
      await writer.put(format.header(0));
    }
    rows += run.data.length / (options.columns ?? 1);
    await writer.put(format.encode(run));
  }
  if (format?.end) await writer.put(format.end());
  if (format) await writer.replace(start, format.header(rows));
}
