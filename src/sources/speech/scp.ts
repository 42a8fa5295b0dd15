// Kaldi script files: lists of utterances.
import { createReadStream } from 'node:fs';
import { DataError, fileError, SettingError } from '../../errors.ts';
import { shown } from '../../util/shown.ts';
import { ByteReader } from '../bytes.ts';
import { Place } from '../place.ts';
import type { Input, Opener, ReadOptions } from '../table.ts';
import { readMatrix } from './kaldi-matrix.ts';
import { type MatrixRange, parseRange, rangeOf } from './kaldi-range.ts';
import { findFile, keyAndRest, type Line, linesOf, notALine } from './listed-files.ts';
import { isSound, recordingFiles, recordings } from './recordings.ts';
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
 * current directory, as Kaldi does, and then from that of the list. A list whose first file is WAV is one of recordings.
 */
export const scp: Opener = {
  async open(list, options, from) {
    const { line, input } = await peeked(list);
    if (line && (await isSound(line, input, options))) return recordings.open(input, options, from);
    const foreign = FOR_SOUND.find((option) => options[option] !== undefined);
    if (foreign)
      throw new SettingError(
        'setting-conflict',
        `${foreign}: ${input.name} is a list of features, which has no such option: leave it out`,
        { setting: foreign },
      );
    return tableOfUtterances(input.name, readList(input, options, from?.utterance?.position), from?.utterance);
  },
};

/** Options of lists of sound. */
const FOR_SOUND = ['channel', 'segments'] as const;

/** Paths of the files that a list names, each once. */
export async function filesOf(list: Input): Promise<string[]> {
  const { line, input } = await peeked(list);
  if (line && (await isSound(line, input, { allowCommands: true }))) return recordingFiles(input);
  const named = new Set<string>();
  for await (const each of linesOf(input)) named.add(parseLine(each).path);
  const found: string[] = [];
  for (const path of named) found.push(await findFile(path, input.directory));
  return found;
}

/** The first line of a list, and the whole list, which may be a stream that can be read once. */
async function peeked(list: Input): Promise<{ readonly line: Line | undefined; readonly input: Input }> {
  const pieces = list.bytes()[Symbol.asyncIterator]();
  const read: Uint8Array[] = [];
  async function* remembered(): AsyncGenerator<Uint8Array> {
    for (let next = await pieces.next(); !next.done; next = await pieces.next()) {
      read.push(next.value);
      yield next.value;
    }
  }
  let line: Line | undefined;
  for await (line of linesOf({ name: list.name, bytes: remembered })) break;
  let isFirst = true;
  async function* again(): AsyncGenerator<Uint8Array> {
    if (!isFirst) {
      yield* list.bytes();
      return;
    }
    isFirst = false;
    try {
      yield* read;
      for (let next = await pieces.next(); !next.done; next = await pieces.next()) yield next.value;
    } finally {
      await pieces.return?.();
    }
  }
  return { line, input: { ...list, bytes: again } };
}

/** Opens what the lines name, from one of them on. */
async function* readList(input: Input, options: ReadOptions, first: number | undefined): AsyncGenerator<Utterance> {
  const beyond: string[] = [];
  for await (const line of linesOf(input, first)) yield* readEntry(line, input, options, beyond);
  warnOf(beyond, input);
}

/** Warns once, not in every pass. */
function warnOf([first, ...others]: readonly string[], { kept }: Input): void {
  if (first === undefined || kept.has('warned')) return;
  kept.set('warned', true);
  process.emitWarning(others.length === 0 ? first : `${first} (and ${others.length} more such ranges)`);
}

async function* readEntry(
  line: Line,
  { name, directory }: Input,
  options: ReadOptions,
  beyond: string[],
): AsyncGenerator<Utterance> {
  const { key, range, ...entry } = parseLine(line);
  const place = new Place(name, `utterance ${key} (${entry.path}:${entry.offset})`);
  const file = await findFile(entry.path, directory);
  const reader = new ByteReader(createReadStream(file, { start: entry.offset, highWaterMark: READ_BYTES }));
  try {
    if ((await reader.peek()) === undefined)
      throw new DataError('truncated', `${place}: there is nothing there: is the list an old one?`, {
        source: place.source,
      });
    const matrix = await readMatrix(reader, place, options);
    yield {
      key,
      position: line.number,
      ...(range ? rangeOf(matrix, range, place, (what) => beyond.push(what)) : matrix),
    };
  } catch (error) {
    throw fileError(error, file, 'read', `${place}`);
  } finally {
    await reader.close();
  }
}

const EXPECTED = 'a key and file:offset';

function parseLine(line: Line): Entry {
  const { place } = line;
  const [key, rest] = keyAndRest(line, EXPECTED);
  if (rest.endsWith('|') || rest.startsWith('|') || rest === '-') {
    throw new DataError(
      'unsupported',
      `${place}: received ${shown(rest)}: commands and pipes are not run: copy features to an archive (copy-feats); ` +
        'for sound, set allowCommands',
      { source: place.source },
    );
  }
  const [, located, range] = /^(.*?)(?:\[([^[\]]*)\])?$/s.exec(rest)!;
  const [, path, digits] = /^(.*?)(?::(\d+))?$/s.exec(located!)!;
  const offset = Number(digits ?? 0);
  if (path === '' || !Number.isSafeInteger(offset)) throw notALine(line, EXPECTED);
  return { key, path: path!, offset, range: range === undefined ? undefined : parseRange(range, place) };
}
