import { readLines } from './lines.ts';
import { tableOfRecords } from './records.ts';
import type { Format } from './table.ts';

/** Numbers with spaces or tabs between them, as numpy.savetxt writes them; what follows # is a comment. */
export const table: Format = {
  extensions: ['.txt', '.dat'],
  takes: ['columns', 'header'],
  open: ({ name, bytes }, options) => tableOfRecords(name, readCells(bytes(), name), options),
};

async function* readCells(bytes: AsyncIterable<Uint8Array>, name: string): AsyncGenerator<string[]> {
  for await (const line of readLines(bytes, name)) {
    const cells = line.replace(/#.*/s, '').trim();
    if (cells !== '') yield cells.split(/\s+/);
  }
}
