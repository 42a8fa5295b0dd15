import { none } from 'stream-chain/defs.js';
import gen from 'stream-chain/gen.js';
import fixUtf8Stream from 'stream-chain/utils/fixUtf8Stream.js';
import lines from 'stream-chain/utils/lines.js';
import { DataError } from '../errors.ts';

const LONGEST_LINE = 1 << 24;

/** The lines of bytes that are UTF-8: of each piece those that end in it. */
export async function* readLines(bytes: AsyncIterable<Uint8Array>, name: string): AsyncGenerator<string[]> {
  const split = gen(fixUtf8Stream(), lines());
  let sinceNewline = 0;
  for await (const piece of bytes) {
    const newline = piece.lastIndexOf(10);
    sinceNewline = newline < 0 ? sinceNewline + piece.length : piece.length - newline - 1;
    if (sinceNewline > LONGEST_LINE) {
      throw new DataError(`${name}: a line of more than ${LONGEST_LINE >> 20} MiB; expected one row on every line`);
    }
    const ended: string[] = [];
    for await (const line of split(piece)) ended.push(line as string);
    yield ended;
  }
  for await (const line of split(none as never)) yield [line as string];
}
