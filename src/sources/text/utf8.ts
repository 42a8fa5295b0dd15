// Refuses text in UTF-16 and UTF-32, and blanks without end.
import { DataError } from '../../errors.ts';

/** How text of two or four bytes a letter begins: with a byte order mark, or a letter of ASCII. */
const encodings: readonly (readonly [name: string, isSo: (bytes: Uint8Array) => boolean])[] = [
  [
    'UTF-32',
    ([a, b, c, d]) => (a === 0 && b === 0 && c === 0xfe && d === 0xff) || (a === 0 && b === 0 && c === 0 && !!d),
  ],
  ['UTF-32', ([a, b, c, d]) => !!a && (b === 0 || (a === 0xff && b === 0xfe)) && c === 0 && d === 0],
  ['UTF-16', ([a, b, , d]) => d !== undefined && ((a === 0xff && b === 0xfe) || (a === 0xfe && b === 0xff))],
  ['UTF-16', ([a, b, c, d]) => (!!a && b === 0 && !!c && d === 0) || (a === 0 && !!b && c === 0 && !!d)],
];

const NEEDED = 4;
const LONGEST_BLANK = 1 << 24;
const SPACE = 32;

/**
 * The same bytes, where they are no text of two or four bytes a letter: that would be read as lines of blanks.
 *
 * @throws DataError, when the first are read, if they are; and where blanks never end, as in a compressed file that is a bomb.
 */
export async function* asUtf8(bytes: AsyncIterable<Uint8Array>, name: string): AsyncGenerator<Uint8Array> {
  let start: Uint8Array | undefined = new Uint8Array(0);
  let blank = 0;
  for await (const piece of bytes) {
    if (start && start.length < NEEDED) {
      start = Buffer.concat([start, piece.subarray(0, NEEDED)]);
      const encoding = encodings.find(([, isSo]) => isSo(start!))?.[0];
      if (encoding) {
        throw new DataError(
          'unsupported',
          `${name} is text in ${encoding}: save it in UTF-8 (as iconv -f ${encoding} -t UTF-8 does)`,
          { source: name },
        );
      }
    }
    blank = piece.some((byte) => byte > SPACE) ? 0 : blank + piece.length;
    if (blank > LONGEST_BLANK)
      throw new DataError('too-large', `${name}: ${LONGEST_BLANK >> 20} MiB of blank lines; expected rows`, {
        source: name,
      });
    yield piece;
  }
}
