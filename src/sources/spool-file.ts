// Files that keep rows: temporary ones, and ones beside a checkpoint, which a later process finds complete or not at all.
import { createHash, randomBytes } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { FileError, fileError, fileErrorCode, messageOf, reasonOf } from '../errors.ts';
import { syncFolder } from '../files/atomic.ts';
import { writeFully } from '../files/gathered-writer.ts';
import { OpenFile } from '../files/open-file.ts';
import { keepFully, readFully, temporaryFile } from '../files/temporary-file.ts';
import type { FrontEnd } from '../speech/front-end.ts';

/** What is known of rows that are kept to the last. */
export interface KeptRows {
  /** Random: no other reading of an input has the same. */
  readonly id: string;
  readonly name: string;
  readonly dimensions: number;
  readonly rows: number;
  /** Number of rows that the input said it had, before it was read. */
  readonly saidRows?: number | undefined;
  readonly isWeighted: boolean;
  readonly isTimed: boolean;
  /** Bytes behind the rows, which hold the names of their parts. */
  readonly nameBytes: number;
  readonly frontEnd?: FrontEnd | undefined;
}

/** A file that is open for keeping bytes and reading them again, by their position. */
export interface SpoolFile {
  write(bytes: Uint8Array, position: number): Promise<void>;
  read(bytes: Uint8Array, position: number): Promise<void>;
  /** Says that all is there. */
  complete(kept: KeptRows): Promise<void>;
  close(): Promise<void>;
}

/** A file in which all rows are. */
export interface CompleteSpool {
  readonly file: SpoolFile;
  readonly kept: KeptRows;
}

/** Identifies one reading of an input. */
export const newId = (): string => randomBytes(16).toString('hex');

/** A file without a name. */
export async function temporarySpool(): Promise<SpoolFile> {
  const file = await temporaryFile();
  return {
    write: (bytes, position) => keepFully(file, bytes, 'the input', position),
    read: (bytes, position) => readFully(file, bytes, position),
    complete: async () => {},
    close: () => file.close(),
  };
}

/** Numbers that are kept with each row: its weight, and its time. */
export const KEPT_BESIDE = 2;

const MAGIC = new TextEncoder().encode('MMSPOOL2');
/** Magic, length, hash, and as JSON what is kept; zeros until all is there. */
const HEADER_BYTES = 1 << 16;
const [LENGTH_AT, HASH_AT, TEXT_AT] = [8, 12, 44];
const LONGEST_NAME = 1000;

/** An empty file of that name, which replaces what was there. */
export async function newSpool(path: string): Promise<SpoolFile> {
  try {
    return spoolOf(path, await OpenFile.open(path, 'w+'));
  } catch (error) {
    throw fileError(error, path, 'written');
  }
}

/** The file of that name and what it keeps, if it is complete and of an input of this name. */
export async function completeSpool(path: string, name: string): Promise<CompleteSpool | undefined> {
  const file = await OpenFile.open(path).catch(() => undefined);
  if (!file) return undefined;
  const kept = await readHeader(file).catch(() => undefined);
  if (kept?.name === shortName(name)) return { file: spoolOf(path, file), kept };
  await file.close();
  return undefined;
}

/** Removes what an earlier fit may have left, which is of another input. */
export async function removeSpool(path: string): Promise<void> {
  await rm(path, { force: true }).catch((error) => {
    throw fileError(error, path, 'written');
  });
}

function spoolOf(path: string, file: OpenFile): SpoolFile {
  const explained = async (work: () => Promise<void>): Promise<void> => {
    try {
      await work();
    } catch (error) {
      throw new FileError(
        fileErrorCode(error),
        `the input cannot be kept in ${path} (${reasonOf(error) ?? messageOf(error)}): free some space, or put the checkpoint elsewhere`,
        { path, cause: error },
      );
    }
  };
  return {
    write: (bytes, position) => explained(async () => void (await writeFully(file, bytes, HEADER_BYTES + position))),
    read: (bytes, position) => readFully(file, bytes, HEADER_BYTES + position, path),
    complete: (kept) =>
      explained(async () => {
        await file.sync();
        await writeFully(file, headerOf(kept), 0);
        await file.sync();
        await syncFolder(dirname(path));
      }),
    close: () => file.close(),
  };
}

const shortName = (name: string): string => name.slice(0, LONGEST_NAME);

function headerOf(kept: KeptRows): Buffer {
  const text = Buffer.from(JSON.stringify({ ...kept, name: shortName(kept.name) }));
  const header = Buffer.alloc(TEXT_AT + text.length);
  header.set(MAGIC);
  header.writeUInt32LE(text.length, LENGTH_AT);
  createHash('sha256').update(text).digest().copy(header, HASH_AT);
  text.copy(header, TEXT_AT);
  return header;
}

/** Undefined where there is none, or the file is not as long as it says. */
async function readHeader(file: OpenFile): Promise<KeptRows | undefined> {
  const header = Buffer.alloc(HEADER_BYTES);
  await file.read(header, 0, HEADER_BYTES, 0);
  const text = header.subarray(TEXT_AT, TEXT_AT + header.readUInt32LE(LENGTH_AT));
  const hash = createHash('sha256').update(text).digest();
  if (!header.subarray(0, MAGIC.length).equals(MAGIC) || !header.subarray(HASH_AT, TEXT_AT).equals(hash)) return;
  const kept = JSON.parse(text.toString()) as KeptRows;
  const { size } = await file.stat();
  return size === HEADER_BYTES + kept.rows * (kept.dimensions + KEPT_BESIDE) * 8 + kept.nameBytes ? kept : undefined;
}
