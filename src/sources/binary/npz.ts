// Archives of NumPy arrays (.npz).
import type { Entry, ZipFile } from 'yauzl';
import { DataError, MegaMixError, messageOf, reasonOf } from '../../errors.ts';
import { OpenFile } from '../../files/open-file.ts';
import { crc32 } from '../compression/crc32.ts';
import type { Opener, Table } from '../table.ts';
import { openNpy } from './npy.ts';

const MOST_LISTED = 8;
const EXTENSION = '.npy';

/** One array of a NumPy archive, plain or compressed, as in `file.npz:/frames`. */
export const npz: Opener = {
  async open({ name, path, inside }, options): Promise<Table> {
    if (path === undefined)
      throw new DataError('needs-file', `${name}: an archive cannot be read from a pipe: give the path of a file`, {
        source: name,
      });
    const zip = await openZip(path, name);
    try {
      const entry = choose(await entriesOf(zip, path, name), inside, name);
      checkReadable(entry, name);
      const table = await openNpy(name, () => contents(zip, entry, name), options);
      const close = async (): Promise<void> => {
        await table.close();
        zip.close();
      };
      return { ...table, close };
    } catch (error) {
      zip.close();
      throw error;
    }
  },
};

async function openZip(path: string, name: string): Promise<ZipFile> {
  const { openPromise } = await import('yauzl');
  try {
    return await openPromise(path, { lazyEntries: true, autoClose: false });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code) throw error;
    throw damaged(name, error);
  }
}

/** The arrays, by name. */
async function entriesOf(zip: ZipFile, path: string, name: string): Promise<ReadonlyMap<string, Entry>> {
  const entries = new Map<string, Entry>();
  try {
    for await (const entry of zip.eachEntry()) {
      if (!entry.fileName.endsWith(EXTENSION)) continue;
      const array = entry.fileName.slice(0, -EXTENSION.length);
      if (entries.has(array))
        throw new DataError('damaged', `${name} has two arrays ${array}: write it again`, { source: name });
      entries.set(array, entry);
    }
    if (await isHeaderAt(path, Number(zip.readEntryCursor))) throw new Error('more entries than its end record counts');
  } catch (error) {
    throw isExplained(error) ? error : damaged(name, error);
  }
  return entries;
}

const ENTRY_HEADER = Buffer.from('PK\x01\x02', 'latin1');

/** Whether the header of another entry follows those that were counted: yauzl believes the count. */
async function isHeaderAt(path: string, position: number): Promise<boolean> {
  const file = await OpenFile.open(path);
  try {
    const bytes = Buffer.alloc(ENTRY_HEADER.length);
    await file.read(bytes, 0, bytes.length, position);
    return bytes.equals(ENTRY_HEADER);
  } finally {
    await file.close();
  }
}

const [STORED, DEFLATED] = [0, 8];
/** Other compression methods of zip (APPNOTE 6.3.10, section 4.4.5). */
const OTHER_METHODS: Readonly<Record<number, string>> = {
  9: 'Deflate64',
  12: 'bzip2',
  14: 'LZMA',
  93: 'Zstandard',
  95: 'xz',
};

function checkReadable(entry: Entry, name: string): void {
  const { compressionMethod: method } = entry;
  if (entry.isEncrypted()) throw encrypted(name);
  if (method === STORED || method === DEFLATED) return;
  const by = OTHER_METHODS[method] ?? `method ${method} of zip`;
  throw new DataError(
    'unsupported',
    `${name} is compressed by ${by}; NumPy stores or deflates: write it again, by numpy.savez or savez_compressed`,
    { source: name },
  );
}

function choose(entries: ReadonlyMap<string, Entry>, inside: string | undefined, name: string): Entry {
  const names = [...entries.keys()];
  const listed = names.slice(0, MOST_LISTED).join(', ') + (names.length > MOST_LISTED ? ', …' : '');
  const entry = inside === undefined ? undefined : entries.get(inside.slice(1));
  if (entry) return entry;
  if (inside !== undefined)
    throw new DataError('unknown-dataset', `${name} has no array ${inside.slice(1)}; it has ${listed || 'none'}`, {
      source: name,
    });
  const [only] = entries.values();
  if (only && entries.size === 1) return only;
  if (!only) throw new DataError('empty', `${name} has no arrays`, { source: name });
  throw new DataError('unknown-dataset', `${name} has ${listed}: name one array, as in ${name}:/${names[0]}`, {
    source: name,
  });
}

/** The bytes of an entry, which must have the checksum that the archive says. */
async function* contents(zip: ZipFile, entry: Entry, name: string): AsyncGenerator<Uint8Array> {
  let checksum = 0;
  try {
    for await (const piece of await zip.openReadStreamPromise(entry)) {
      checksum = crc32(piece as Uint8Array, checksum);
      yield piece as Uint8Array;
    }
  } catch (error) {
    throw isExplained(error) ? error : damaged(name, error);
  }
  if (checksum !== entry.crc32) throw damaged(name, new Error('wrong checksum'));
}

/** Whether an error is ours already, or a fault of the system. */
const isExplained = (error: unknown): boolean => error instanceof MegaMixError || reasonOf(error) !== undefined;

const encrypted = (name: string): DataError =>
  new DataError('unsupported', `${name} is encrypted: write it without a password`, { source: name });

const damaged = (name: string, error: unknown): DataError =>
  /encrypt/.test(messageOf(error))
    ? encrypted(name)
    : new DataError(
        'damaged',
        `${name} is no NumPy archive, or damaged (${messageOf(error).split('\n')[0]}): write it again`,
        { source: name, cause: error },
      );
