// Bytes become lines of text.
import { StringDecoder } from 'node:string_decoder';
import { DataError } from '../../errors.ts';
import { asUtf8 } from './utf8.ts';

const LONGEST_LINE = 1 << 24;
const NEWLINE = 10;
const BYTE_ORDER_MARK = '\ufeff';

/** The lines of bytes that are UTF-8, without what ends them: of each piece those that end in it. */
export async function* readLines(bytes: AsyncIterable<Uint8Array>, name: string): AsyncGenerator<string[]> {
  const decoder = new StringDecoder('utf8');
  let text = '';
  let isFirst = true;
  let sinceNewline = 0;
  for await (const piece of asUtf8(bytes, name)) {
    const newline = piece.lastIndexOf(NEWLINE);
    sinceNewline = newline < 0 ? sinceNewline + piece.length : piece.length - newline - 1;
    if (sinceNewline > LONGEST_LINE) {
      throw new DataError(
        'too-large',
        `${name}: a line of more than ${LONGEST_LINE >> 20} MiB; expected one row on every line`,
        { source: name },
      );
    }
    text += decoder.write(Buffer.from(piece.buffer, piece.byteOffset, piece.length));
    if (isFirst && text !== '') {
      isFirst = false;
      if (text.startsWith(BYTE_ORDER_MARK)) text = text.slice(1);
    }
    if (newline < 0) continue;
    const lines = text.includes('\r') ? text.split(/\r?\n/) : text.split('\n');
    text = lines.pop()!;
    yield lines;
  }
  text += decoder.end();
  if (text !== '') yield [text];
}
