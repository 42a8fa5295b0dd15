// Kaldi script files: lists of utterances.
import { createReadStream } from 'node:fs';
import { access } from 'node:fs/promises';
import { isAbsolute, join } from 'node:path';
import { DataError, fileError } from '../../errors.ts';
import { ByteReader } from '../bytes.ts';
import { Place } from '../place.ts';
import type { Input, Opener, ReadOptions } from '../table.ts';
import { readLines } from '../text/lines.ts';
import { readMatrix } from './kaldi-matrix.ts';
import { type MatrixRange, parseRange, rangeOf } from './kaldi-range.ts';
import { tableOfUtterances, type Utterance } from './utterances.ts';

/** Utterances are short, and each is looked up by itself. */
const READ_BYTES = 1 << 16;

/** Contents of a line: which part of the matrix at which offset. */
interface Entry {
  readonly key: string;
  readonly path: string;
  readonly offset: number;
  readonly range: MatrixRange | undefined;
}

/**
 * Kaldi's lists of utterances: lines of a key and `file`, `file:offset` or `file:offset[rows,columns]`. Files are looked for from the
 * current directory, as Kaldi does, and then from that of the list.
 */
export const scp: Opener = {
  open: (input, options, from) =>
    tableOfUtterances(input.name, readList(input, options, from?.utterance?.position), from?.utterance),
};

/** Paths of the files that a list names, each once. */
export async function filesOf({ name, directory, bytes }: Input): Promise<string[]> {
  const named = new Set<string>();
  let number = 0;
  for await (const lines of readLines(bytes(), name)) {
    for (const line of lines) {
      number++;
      if (line.trim() !== '') named.add(parseLine(line, new Place(name, `line ${number}`)).path);
    }
  }
  const found: string[] = [];
  for (const path of named) found.push(await findFile(path, directory));
  return found;
}

/** Opens what the lines name, from one of them on. */
async function* readList(input: Input, options: ReadOptions, first = 1): AsyncGenerator<Utterance> {
  const beyond: string[] = [];
  let number = 0;
  for await (const lines of readLines(input.bytes(), input.name)) {
    for (const line of lines) {
      number++;
      if (number >= first && line.trim() !== '') yield* readEntry(line, number, input, options, beyond);
    }
  }
  warnOf(beyond, input);
}

/** Warns once, not in every pass. */
function warnOf([first, ...others]: readonly string[], { kept }: Input): void {
  if (first === undefined || kept.has('warned')) return;
  kept.set('warned', true);
  process.emitWarning(others.length === 0 ? first : `${first} (and ${others.length} more such ranges)`);
}

async function* readEntry(
  line: string,
  number: number,
  { name, directory }: Input,
  options: ReadOptions,
  beyond: string[],
): AsyncGenerator<Utterance> {
  const { key, range, ...entry } = parseLine(line, new Place(name, `line ${number}`));
  const place = new Place(name, `utterance ${key} (${entry.path}:${entry.offset})`);
  const file = await findFile(entry.path, directory);
  const reader = new ByteReader(createReadStream(file, { start: entry.offset, highWaterMark: READ_BYTES }));
  try {
    if ((await reader.peek()) === undefined)
      throw new DataError('truncated', `${place}: there is nothing there: is the list an old one?`, {
        source: place.source,
      });
    const matrix = await readMatrix(reader, place, options);
    yield { key, position: number, ...(range ? rangeOf(matrix, range, place, (what) => beyond.push(what)) : matrix) };
  } catch (error) {
    throw fileError(error, file, 'read', `${place}`);
  } finally {
    await reader.close();
  }
}

const CONTROL = /\p{Cc}/u;

function parseLine(line: string, place: Place): Entry {
  const [, key, rest] = /^\s*(\S+)\s+(.*?)\s*$/s.exec(line) ?? [];
  const received = `${place}: received ${shown(line)}`;
  if (key === undefined || rest === '' || CONTROL.test(key + rest)) {
    throw new DataError('wrong-format', `${received}, expected a key and file:offset`, { source: place.source });
  }
  if (rest!.endsWith('|') || rest!.startsWith('|') || rest === '-') {
    throw new DataError(
      'unsupported',
      `${place}: received ${shown(rest!)}: commands and pipes are not run: copy the features to an archive (copy-feats)`,
      { source: place.source },
    );
  }
  const [, located, range] = /^(.*?)(?:\[([^[\]]*)\])?$/s.exec(rest!)!;
  const [, path, digits] = /^(.*?)(?::(\d+))?$/s.exec(located!)!;
  const offset = Number(digits ?? 0);
  if (path === '' || !Number.isSafeInteger(offset))
    throw new DataError('wrong-format', `${received}, expected a key and file:offset`, { source: place.source });
  return { key, path: path!, offset, range: range === undefined ? undefined : parseRange(range, place) };
}

const shown = (text: string): string => JSON.stringify(text.slice(0, 60));

async function findFile(path: string, directory: string | undefined): Promise<string> {
  if (isAbsolute(path) || directory === undefined) return path;
  return access(path).then(
    () => path,
    () => join(directory, path),
  );
}
