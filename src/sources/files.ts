// Paths, globs, and parts inside files (file.h5:/dataset).
import { createReadStream, type Stats } from 'node:fs';
import { stat } from 'node:fs/promises';
import { basename, extname, isAbsolute, join } from 'node:path';
import { DataError, FileError, fileError } from '../errors.ts';
import { isCompressed, nameInside } from './compression/compressed.ts';
import { fileInput, readUntil } from './file-input.ts';
import type { PartFingerprint } from './fingerprint.ts';
import {
  checkOptions,
  type FileOptions,
  type FormatName,
  formatOf,
  formats,
  lookAs,
  nameOf,
  openAs,
} from './formats.ts';
import { hashOfFile } from './hash.ts';
import { ofUtterance } from './one-utterance.ts';
import { isShort } from './speech/short.ts';
import { openStream } from './stream.ts';
import type { Format, Keep, Part, Table, TablePlace } from './table.ts';

/** So many files are opened at a time, to look at what they begin with. */
const OPEN_AT_ONCE = 32;

/** The files that paths and globs name, in the order given, those of a glob in the order of their names. */
export async function fileParts(
  patterns: readonly string[],
  options: FileOptions & { readonly signal?: AbortSignal | undefined },
  keep: Keep,
): Promise<Part[]> {
  const paths = (await inTurn(patterns, (pattern) => expand(pattern, options.format))).flat();
  const parts: Part[] = [];
  for (let at = 0; at < paths.length; at += OPEN_AT_ONCE) {
    const opening = paths.slice(at, at + OPEN_AT_ONCE).map((path) => filePart(path, options, keep));
    for (const part of await Promise.allSettled(opening)) {
      if (part.status === 'rejected') throw part.reason; // the first that cannot be opened, in their order
      parts.push(part.value);
    }
  }
  return parts;
}

/** The paths that a path, glob or folder names; `format` says which files of a folder. */
export async function expand(pattern: string, format?: FormatName): Promise<string[]> {
  const status = await statusOf(pattern);
  if (status?.isDirectory()) return filesIn(pattern, format);
  if (status) return [pattern];
  const { glob, isDynamicPattern } = await import('tinyglobby');
  if (!isDynamicPattern(pattern) || (await takenApart(pattern)).status) return [pattern];
  const [, files, inside = ''] = /^(.*?)(:\/.*)?$/s.exec(pattern)!;
  const found = await glob(files!.replaceAll('\\', '/'), {
    dot: false,
    expandDirectories: false,
    absolute: isAbsolute(files!),
  });
  if (found.length === 0) throw new FileError('file-not-found', `no file matches ${pattern}`, { path: pattern });
  return found.sort().map((path) => path + inside);
}

/** The files of a known format in a folder and those below it, in the order of their paths; hidden ones are left out. */
async function filesIn(folder: string, format: FormatName | undefined): Promise<string[]> {
  const { glob } = await import('tinyglobby');
  const all = await glob('**/*', { cwd: folder, dot: false, expandDirectories: false });
  const byFormat = new Map<Format, string[]>();
  for (const path of all.sort()) {
    const found = formatOf(path);
    if (!found) continue;
    byFormat.set(found, [...(byFormat.get(found) ?? []), join(folder, path)]);
  }
  const paths = format ? byFormat.get(formats[format]) : [...byFormat.values()].at(0);
  if (!format && byFormat.size > 1) {
    const counts = [...byFormat].map(([each, { length }]) => `${length} .${nameOf(each)}`).join(', ');
    throw new DataError(
      'needs-setting',
      `${folder} is a directory with files of several formats (${counts}): say which are meant (format: '${nameOf([...byFormat.keys()][0]!)}'), or name a pattern`,
      { source: folder, setting: 'format' },
    );
  }
  if (paths) return paths;
  throw new FileError(
    'not-a-file',
    `${folder} is a directory without files of ${format ? `the format ${format}` : 'a known format'}: name files, or a pattern`,
    { path: folder },
  );
}

async function filePart(
  named: string,
  options: FileOptions & { readonly signal?: AbortSignal | undefined },
  keep: Keep,
): Promise<Part> {
  const { signal } = options;
  const { path, inside, utterance, status } = await takenApart(named);
  const format = options.format ? formats[options.format] : formatOf(path);
  if (!format) {
    const known = Object.values(formats).flatMap(({ extensions }) => extensions);
    throw new DataError(
      'needs-setting',
      `${path}: its name does not end with ${known.join(', ')} (or these and .gz or .zst): say which format it is in (format: 'csv')`,
      { source: path, setting: 'format' },
    );
  }
  if (inside !== undefined && !format.hasNames) {
    throw new DataError(
      'unknown-dataset',
      `${named}: a .${nameOf(format)} file holds one table, without a name: leave ${inside} out`,
      { source: named },
    );
  }
  checkOptions(format, options, named);
  if (status?.isFIFO() || status?.isCharacterDevice()) {
    return keep(named, () => openStream(createReadStream(path), named, { ...options, format: nameOf(format) }));
  }
  const input = { ...fileInput(named, path, inside, readUntil(signal)), size: status?.size };
  const explain = (error: unknown): never => {
    throw fileError(error, path, 'read');
  };
  const openTable = async (from?: TablePlace): Promise<Table> => {
    const whole = await openAs(format, input, options, utterance === undefined ? from : undefined).catch(explain);
    const table = utterance === undefined ? whole : ofUtterance(whole, utterance, path);
    return { ...table, batches: explained(table.batches, path) };
  };
  const { dimensions, rows, frontEnd } = await lookAs(format, input, options).catch(explain);
  const fingerprint = async (): Promise<PartFingerprint> => {
    const { segments, groups, voiced } = options;
    const beside = [segments, groups, voiced].filter((each) => each !== undefined);
    const paths = [...((await format.filesOf?.(input)) ?? []), ...beside];
    const files = paths.length > 0 ? await inTurn(paths, fingerprintOf) : undefined;
    return { ...(await fingerprintOf(path)), name: named, dimensions, rows, files };
  };
  return {
    name: named,
    stem: utterance ?? stemOf(path, inside, format),
    dimensions,
    rows: utterance === undefined ? rows : undefined,
    frontEnd,
    isDecoded: utterance !== undefined || format.isDecoded === true || frontEnd !== undefined || isCompressed(input),
    isShort: utterance === undefined && format.look !== undefined && isShort(input),
    open: openTable,
    fingerprint,
  };
}

/** What a name says: a file, what is in it (`file.h5:/dataset`), or one of its utterances (`file.ark:name`). */
interface TakenApart {
  readonly path: string;
  readonly inside?: string;
  readonly utterance?: string;
  readonly status: Stats | undefined;
}

async function takenApart(named: string): Promise<TakenApart> {
  const whole = await statusOf(named);
  if (whole) return { path: named, status: whole };
  for (let colon = named.indexOf(':'); colon > 0; colon = named.indexOf(':', colon + 1)) {
    const [path, rest] = [named.slice(0, colon), named.slice(colon + 1)];
    const status = await statusOf(path);
    if (!status?.isFile() || rest === '') continue;
    return rest.startsWith('/') ? { path, inside: rest, status } : { path, utterance: rest, status };
  }
  const [, path, inside] = /^(.*?)(?::(\/.*))?$/s.exec(named)!;
  return { path: path!, ...(inside !== undefined && { inside }), status: undefined };
}

/** A file's name without directory and ending, or the path of the dataset in it. */
function stemOf(path: string, inside: string | undefined, { extensions }: Format): string {
  if (inside !== undefined) return inside.slice(1);
  const name = basename(nameInside(path));
  const ending = extensions.find((each) => name.toLowerCase().endsWith(each)) ?? extname(name);
  return name.slice(0, name.length - ending.length) || name;
}

/** One after the other: they may be many. */
async function inTurn<T, R>(items: readonly T[], of: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  for (const item of items) results.push(await of(item));
  return results;
}

async function fingerprintOf(path: string): Promise<PartFingerprint> {
  try {
    return { name: path, ...(await hashOfFile(path)) };
  } catch (error) {
    throw fileError(error, path, 'read');
  }
}

/** The same batches; a fault of the file system while they are read is one of ours. */
async function* explained<T>(batches: AsyncIterable<T>, path: string): AsyncGenerator<T> {
  try {
    yield* batches;
  } catch (error) {
    throw fileError(error, path, 'read');
  }
}

/** Undefined where there is nothing. */
const statusOf = (path: string): Promise<Stats | undefined> => stat(path).catch(() => undefined);
