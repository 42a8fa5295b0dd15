// Kaldi archives.
import { DataError } from '../../errors.ts';
import { ByteReader, latin1, shown } from '../bytes.ts';
import { Place } from '../place.ts';
import type { Input, Opener, ReadOptions } from '../table.ts';
import { readMatrix } from './kaldi-matrix.ts';
import { tableOfUtterances, type Utterance } from './utterances.ts';

const LONGEST_KEY = 4096;
const [NEWLINE, TAB, SPACE] = [10, 9, 32];
const CONTROL = /\p{Cc}/u;
const GZIP = '\x1f\x8b';

/**
 * Kaldi's archives of matrices, binary or text: each utterance has a key, and its rows. They are read as a stream, except that one matrix
 * compressed by columns (CM) is held at a time.
 */
export const ark: Opener = {
  open({ name, path, bytes, lentBytes = bytes }, options, from) {
    const begin = path === undefined ? undefined : from?.utterance;
    return tableOfUtterances(name, readArchive(lentBytes, name, options, begin?.position), begin);
  },
};

async function* readArchive(
  bytes: Input['bytes'],
  name: string,
  options: ReadOptions,
  start = 0,
): AsyncGenerator<Utterance> {
  const reader = new ByteReader(bytes(start));
  try {
    for (let before: string | undefined; ; ) {
      const position = start + reader.position;
      const key = await readKey(reader, name, before);
      if (key === undefined) return;
      yield { key, position, ...(await readMatrix(reader, new Place(name, `utterance ${key}`), options)) };
      before = key;
    }
  } finally {
    await reader.close();
  }
}

/** The key of the next utterance; undefined at the end. */
async function readKey(reader: ByteReader, name: string, before: string | undefined): Promise<string | undefined> {
  const after = before === undefined ? '' : ` after utterance ${before}`;
  let byte = await reader.peek();
  for (; byte === NEWLINE || byte === SPACE; byte = await reader.peek()) await reader.read(new Uint8Array(1));
  if (byte === undefined) return undefined;
  const bytes = await reader.readUntil([SPACE, TAB, NEWLINE], LONGEST_KEY);
  const key = bytes && decodeKey(bytes.subarray(0, -1));
  if (!key || CONTROL.test(key)) {
    const isGzip = before === undefined && bytes && latin1(bytes).startsWith(GZIP);
    throw new DataError(
      'wrong-format',
      isGzip
        ? `${name} is compressed by gzip, expected a Kaldi archive: decompress it (gunzip)`
        : `${name} is no Kaldi archive, or damaged${after}: expected a key and a matrix`,
      { source: name },
    );
  }
  const end = bytes.at(-1)!;
  if (end !== SPACE && end !== TAB) {
    const what = shown(end === NEWLINE ? bytes.subarray(0, -1) : bytes);
    throw new DataError(
      'truncated',
      `${name}: the key ${what}${after} has no matrix: is the file cut short, or no archive of features?`,
      { source: name },
    );
  }
  return key;
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
const western = new TextDecoder('windows-1252');

/** Keys that are no UTF-8 are of one byte a letter: what is different stays different. */
function decodeKey(bytes: Uint8Array): string {
  try {
    return utf8.decode(bytes);
  } catch {
    return western.decode(bytes);
  }
}
