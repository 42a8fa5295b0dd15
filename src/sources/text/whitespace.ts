// Numbers separated by spaces.
import type { Opener } from '../table.ts';
import { readLines } from './lines.ts';
import { tableOfRecords } from './records.ts';

/** Numbers with spaces or tabs between them, as numpy.savetxt writes them; what follows # is a comment. */
export const table: Opener = {
  open: ({ name, bytes }, options) => tableOfRecords(name, readCells(bytes(), name), options),
};

async function* readCells(bytes: AsyncIterable<Uint8Array>, name: string): AsyncGenerator<string[][]> {
  for await (const lines of readLines(bytes, name)) {
    const filled = lines.filter((line) => line !== '');
    const all = filled.some(hasReturn) ? filled.flatMap((line) => line.split('\r')) : filled;
    const texts = all.map((line) => line.replace(/#.*/s, '').trim());
    yield texts.filter((text) => text !== '').map((text) => text.split(/\s+/));
  }
}

const hasReturn = (line: string): boolean => line.includes('\r');
