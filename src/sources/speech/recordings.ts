// Kaldi's lists of recordings (wav.scp), and segments of them.
import { stat } from 'node:fs/promises';
import { DataError, fileError } from '../../errors.ts';
import { firstBytes } from '../../files/open-file.ts';
import type { HasFrontEnd } from '../../speech/front-end.ts';
import { fileInput } from '../file-input.ts';
import { Place } from '../place.ts';
import type { Batch, Input, Opener, ReadOptions, Span, Table } from '../table.ts';
import { outputOf } from './command-output.ts';
import { findFile, keyAndRest, type Line, linesOf, notALine, partsOf } from './listed-files.ts';
import { readRecording } from './recording-threads.ts';
import { SEGMENTS, segmentsOf } from './segments.ts';
import { isShort, OPEN_AHEAD } from './short.ts';
import { tableOfUtterances, type Utterance } from './utterances.ts';

const EXPECTED = 'a name, and a WAV file or a command';

/** A line of a list: where the sound of a recording comes from. */
interface Recording {
  readonly place: Place;
  readonly file: string | undefined;
  /** What `sh` is to run. */
  readonly command: string | undefined;
}

/** A recording, or a part of one, under its name. */
interface Entry {
  readonly key: string;
  /** The line that names it. */
  readonly position: number;
  readonly recording: Recording;
  readonly span?: Span | undefined;
}

/**
 * Kaldi's lists of recordings: lines of a name, and a WAV file, or a command that writes one and ends with `|`. Each is an utterance; or each
 * segment of them that a file of segments names.
 */
export const recordings: Opener = {
  async open(input, options, from) {
    const first: { frontEnd?: HasFrontEnd['frontEnd'] } = {};
    const table = await tableOfUtterances(
      input.name,
      utterancesOf(entriesOf(input, options, from?.utterance?.position), input, options, first),
      from?.utterance,
    );
    return { ...table, frontEnd: first.frontEnd };
  },
};

/** Paths of the recordings that a list names, each once; those of commands are not known. */
export async function recordingFiles(input: Input): Promise<string[]> {
  const found = new Set<string>();
  for await (const line of linesOf(input)) {
    const { file } = recordingOf(keyAndRest(line, EXPECTED)[1], line.place);
    if (file !== undefined) found.add(await findFile(file, input.directory));
  }
  return [...found];
}

/** Whether a line of a list names sound: by a command that may be run, or a file that begins as WAV files do. */
export async function isSound(line: Line, { directory }: Input, { allowCommands }: ReadOptions): Promise<boolean> {
  const { rest = '' } = partsOf(line);
  if (rest.endsWith('|')) return allowCommands === true;
  const path = await findFile(rest, directory);
  try {
    return (await stat(path)).isFile() && WAV.test((await firstBytes(path, 4)).toString('latin1'));
  } catch {
    return false; // reported where it is read
  }
}

const WAV = /^(?:RIF[FX]|RF64|BW64)$/;

function recordingOf(text: string, place: Place): Recording {
  if (text.startsWith('|') || text === '-') throw notALine({ text, place }, EXPECTED);
  const command = text.endsWith('|') ? text.slice(0, -1).trim() : undefined;
  return { place, file: command === undefined ? text : undefined, command };
}

/** What a list, or its file of segments, names, from a line on. */
async function* entriesOf(input: Input, options: ReadOptions, first: number | undefined): AsyncGenerator<Entry> {
  if (options.segments === undefined) {
    for await (const line of linesOf(input, first)) yield entryOf(line);
    return;
  }
  const byKey = new Map<string, Recording>();
  for await (const line of linesOf(input)) {
    const { key, recording } = entryOf(line);
    if (byKey.has(key))
      throw new DataError('wrong-format', `${line.place}: a second recording ${key}: names must differ`, {
        source: input.name,
      });
    byKey.set(key, recording);
  }
  for await (const { line, key, of, span } of segmentsOf(options.segments, first, options.signal)) {
    const recording = byKey.get(of);
    if (!recording)
      throw new DataError('mismatch', `${line.place}: ${input.name} has no recording ${of}: ${SEGMENTS}`, {
        source: line.place.source,
      });
    yield { key, position: line.number, recording, span };
  }
}

function entryOf(line: Line): Entry {
  const [key, rest] = keyAndRest(line, EXPECTED);
  return { key, position: line.number, recording: recordingOf(rest, line.place) };
}

/** An entry whose recording was found, and opened if it is short. */
interface Found {
  readonly entry: Entry;
  readonly input: Input;
  readonly table: Promise<Table> | undefined;
}

/** Each as an utterance; all as rows of the front end of the first. */
async function* utterancesOf(
  entries: AsyncGenerator<Entry>,
  list: Input,
  options: ReadOptions,
  first: { frontEnd?: HasFrontEnd['frontEnd'] },
): AsyncGenerator<Utterance> {
  let reading = options;
  const find = async (): Promise<Found | undefined> => {
    const { value: entry } = await entries.next();
    if (!entry) return undefined;
    const input = await inputOf(entry, list, options);
    const table = input.path !== undefined && isShort(input) ? readRecording(input, reading) : undefined;
    table?.catch(() => {}); // thrown where it is awaited, if it ever is
    return { entry, input, table };
  };
  const ahead: Promise<Found | undefined>[] = [];
  try {
    for (;;) {
      const found = await (ahead.shift() ?? find());
      if (!found) return;
      const { entry, input } = found;
      const { key, position } = entry;
      try {
        const table = await (found.table ?? readRecording(input, reading));
        if (!first.frontEnd) {
          first.frontEnd = table.frontEnd;
          reading = { ...options, frontEnd: undefined, rowsFor: { name: input.name, frontEnd: table.frontEnd } };
        }
        while (ahead.length < OPEN_AHEAD) {
          const next = find();
          next.catch(() => {}); // likewise
          ahead.push(next);
        }
        try {
          yield { key, position, dimensions: table.dimensions, batches: table.batches as AsyncGenerator<Batch> };
        } finally {
          await table.close();
        }
      } catch (error) {
        throw input.path === undefined ? error : fileError(error, input.path, 'read', input.name);
      }
    }
  } finally {
    for (const next of ahead) await next.then(async (found) => (await found?.table)?.close()).catch(() => {});
    await entries.return(undefined);
  }
}

/** Where the sound of an entry is to be read from. */
async function inputOf({ key, recording, span }: Entry, list: Input, options: ReadOptions): Promise<Input> {
  const { file } = recording;
  if (file === undefined) return { ...commandInput(recording, options), span };
  const path = await findFile(file, list.directory);
  const name = `${new Place(list.name, `${key} (${path})`)}`;
  const size = span
    ? undefined
    : await stat(path).then(
        ({ size }) => size,
        () => undefined,
      ); // what is not there is said where it is read
  return { ...fileInput(name, path), size, span };
}

/** @throws DataError where commands are not allowed. */
function commandInput({ place, command }: Recording, { allowCommands, signal }: ReadOptions): Input {
  if (!allowCommands)
    throw new DataError(
      'unsupported',
      `${place}: received the command "${command} |": commands are run only if allowCommands says so`,
      { source: place.source, setting: 'allowCommands' },
    );
  return { name: `${place} ("${command} |")`, kept: new Map(), bytes: () => outputOf(command!, place, signal) };
}
