// Parquet, read page by page.
import { rowsPerChunk } from '../../chunk.ts';
import { DataError } from '../../errors.ts';
import { OpenFile } from '../../files/open-file.ts';
import type { Batch, Opener, Table } from '../table.ts';
import { type ColumnLayout, checkMissing, damaged, layOutColumns } from './columnar.ts';
import type { Numbers } from './number-types.ts';
import { ColumnReader, type ParquetTable, widthOfLists } from './parquet-column.ts';
import { type ByteRange, type Footer, readFooter } from './parquet-footer.ts';
import { UtteranceCutter } from './utterance-column.ts';

/**
 * Parquet: columns of numbers, or one of lists of the same length, in any encoding and compression. A page of each column is held at a time.
 * hyparquet reads the footer, and decodes what is in pages; what it believes of them is checked before.
 */
export const parquet: Opener = {
  async open({ name, path }, options, from): Promise<Table> {
    if (path === undefined)
      throw new DataError('needs-file', `${name}: Parquet cannot be read from a pipe: give the path of a file`, {
        source: name,
      });
    const handle = await OpenFile.open(path);
    try {
      const file = await rangesOf(handle, name);
      const footer = await readFooter(file, name);
      const { columns, rows } = footer;
      const layout = layOutColumns(name, columns, options);
      if (new Set(columns.map((column) => column.name)).size < columns.length) {
        throw new DataError('unknown-column', `${name}: several columns have the same name: rename them`, {
          source: name,
        });
      }
      const held = layout.places.length + Number(layout.utterance !== undefined);
      const place = { file, name, columns: held, held: 0 };
      const dimensions = layout.isVector ? await widthOf(place, footer, layout) : layout.places.length;
      const { begins, groups } = groupsFrom(footer, from?.row ?? 0);
      const batches = readGroups(place, { ...footer, groups }, layout, dimensions, begins);
      return {
        dimensions,
        rows,
        begins,
        batches,
        weightAt: layout.weightAt,
        timeAt: layout.timeAt,
        close: () => handle.close(),
      };
    } catch (error) {
      await handle.close();
      throw error;
    }
  },
};

async function rangesOf(file: OpenFile, name: string): Promise<ByteRange> {
  const { size } = await file.stat();
  return {
    size,
    async read(start, end) {
      const bytes = new Uint8Array(end - start);
      for (let filled = 0; filled < bytes.length; ) {
        const { bytesRead } = await file.read(bytes, filled, bytes.length - filled, start + filled);
        if (bytesRead === 0) throw damaged(name, 'it was cut short while it was read');
        filled += bytesRead;
      }
      return bytes;
    },
  };
}

async function* readGroups(
  place: ParquetTable,
  { columns, groups }: Footer,
  layout: ColumnLayout,
  dimensions: number,
  begins: number,
): AsyncGenerator<Batch> {
  const { places, isVector, isDouble } = layout;
  const naming = layout.utterance === undefined ? undefined : columns[layout.utterance]!;
  const cutter = naming && new UtteranceCutter(layout.name, naming.name, naming.text?.codes);
  const capacity = rowsPerChunk(dimensions);
  let before = begins;
  for (const { num_rows, columns: chunks } of groups) {
    const rows = Number(num_rows);
    const readers = places.map((at) => {
      const column = columns[at]!;
      return new ColumnReader(place, column, chunks[column.leaf!.place], isVector ? dimensions : 0, before);
    });
    const nameLeaf = naming && (naming.text?.leaf ?? naming.leaf!);
    const names = nameLeaf && new ColumnReader(place, { ...naming, leaf: nameLeaf }, chunks[nameLeaf.place], 0, before);
    for (let start = 0; start < rows; start += capacity) {
      const count = Math.min(capacity, rows - start);
      const data: Numbers = isDouble ? new Float64Array(count * dimensions) : new Float32Array(count * dimensions);
      let missing = -1;
      for (const [j, reader] of readers.entries()) {
        const found = isVector
          ? await reader.copy(data, 0, 1, data.length)
          : await reader.copy(data, j, dimensions, count);
        const at = found < 0 || isVector ? found : found * dimensions + j;
        if (at >= 0 && (missing < 0 || at < missing)) missing = at;
      }
      checkMissing(layout, dimensions, missing, before + start);
      if (!names) {
        yield { data };
        continue;
      }
      const codes = new Float64Array(count);
      await names.copy(codes, 0, 1, count);
      yield* cutter!.cut(data, dimensions, codes, 0, before + start);
    }
    if (rows > 0) for (const reader of names ? [...readers, names] : readers) await reader.finish();
    before += rows;
  }
}

/** The row groups from that of a row on, and how many rows come before them. */
function groupsFrom({ groups }: Footer, row: number): { readonly begins: number; readonly groups: Footer['groups'] } {
  let begins = 0;
  for (const [i, { num_rows }] of groups.entries()) {
    if (begins + Number(num_rows) > row) return { begins, groups: groups.slice(i) };
    begins += Number(num_rows);
  }
  return { begins, groups: [] };
}

/** How long the first list is. */
async function widthOf(place: ParquetTable, { columns, groups }: Footer, { places }: ColumnLayout): Promise<number> {
  const column = columns[places[0]!]!;
  const group = groups.find(({ num_rows: rows }) => rows > 0n);
  return group ? widthOfLists(place, column, group.columns[column.leaf!.place]) : 1;
}
