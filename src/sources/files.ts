import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { isAbsolute } from 'node:path';
import { glob, isDynamicPattern } from 'tinyglobby';
import { DataError, fileError } from '../errors.ts';
import { bytesOfFile, OpenFile } from '../storage/open-file.ts';
import { checkOptions, type FormatName, formatOf, formats, nameOf, openAs } from './formats.ts';
import { openStream } from './stream.ts';
import type { Input, Part, ReadOptions, Table } from './table.ts';

/** How files are to be read. */
export interface FileOptions extends ReadOptions {
  /** Whatever the names end with; needed for streams of bytes. */
  readonly format?: FormatName | undefined;
}

const READ_BYTES = 1 << 20;

/** How what can be read only once becomes a part. */
export type Keep = (name: string, live: Table) => Part;

/** The files that paths and globs name, in the order given, those of a glob in the order of their names. */
export async function fileParts(
  patterns: readonly string[],
  options: FileOptions & { readonly signal?: AbortSignal | undefined },
  keep: Keep,
): Promise<Part[]> {
  const parts: Part[] = [];
  for (const pattern of patterns) {
    for (const path of await expand(pattern)) parts.push(await filePart(path, options, keep));
  }
  return parts;
}

/** The paths that a path or glob names. */
export async function expand(pattern: string): Promise<string[]> {
  if (!isDynamicPattern(pattern) || (await exists(pattern))) return [pattern];
  const [, files, inside = ''] = /^(.*?)(:\/.*)?$/s.exec(pattern)!;
  const found = await glob(files!.replaceAll('\\', '/'), {
    dot: false,
    expandDirectories: false,
    absolute: isAbsolute(files!),
  });
  if (found.length === 0) throw new DataError(`no file matches ${pattern}`);
  return found.sort().map((path) => path + inside);
}

async function filePart(
  named: string,
  options: FileOptions & { readonly signal?: AbortSignal | undefined },
  keep: Keep,
): Promise<Part> {
  const [, path, inside] = (await exists(named)) ? [named, named, undefined] : /^(.*?)(?::(\/.*))?$/s.exec(named)!;
  const format = options.format ? formats[options.format] : formatOf(path!);
  if (!format) {
    const known = Object.values(formats).flatMap(({ extensions }) => extensions);
    throw new DataError(
      `${path}: its name does not end with ${known.join(', ')}: say which format it is in (--format)`,
    );
  }
  checkOptions(format, options, named);
  if (await isPipe(path!)) {
    return keep(named, await openStream(createReadStream(path!), named, { ...options, format: nameOf(format) }));
  }
  const input: Input = {
    name: named,
    path: path!,
    inside,
    bytes: () => bytesOfFile(path!, READ_BYTES),
    lentBytes: () => readLending(path!),
  };
  const openTable = async (): Promise<Table> => {
    try {
      const status = await stat(path!);
      if (status.isDirectory())
        throw new DataError(`${path} is a directory: name files, or a pattern such as '${path}/*.npy'`);
      return await openAs(format, input, options);
    } catch (error) {
      throw fileError(error, path!, 'read');
    }
  };
  const { dimensions, rows, frontEnd, close } = await openTable();
  await close();
  return { name: named, dimensions, rows, frontEnd, open: openTable };
}

/** A file in pieces that share their memory; while one is used, the next is read. */
async function* readLending(path: string): AsyncGenerator<Uint8Array> {
  const file = await OpenFile.open(path);
  let rooms: [Uint8Array, Uint8Array] = [new Uint8Array(READ_BYTES), new Uint8Array(READ_BYTES)];
  const ahead = (room: Uint8Array) => {
    const result = file.read(room);
    result.catch(() => {}); // thrown where it is awaited, if it ever is
    return result;
  };
  let reading = ahead(rooms[0]);
  try {
    for (;;) {
      const { bytesRead } = await reading;
      if (bytesRead === 0) return;
      const [full, free] = rooms;
      reading = ahead(free);
      rooms = [free, full];
      yield full.subarray(0, bytesRead);
    }
  } finally {
    await reading.catch(() => {}); // of no use to anybody any more
    await file.close();
  }
}

/** Whether what has this path can be read only once. */
const isPipe = (path: string): Promise<boolean> =>
  stat(path).then(
    (status) => status.isFIFO() || status.isCharacterDevice(),
    () => false,
  );

const exists = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  );
