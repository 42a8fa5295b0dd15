// Decides where a recording becomes rows: here, or in a thread.
import { decompressed } from '../compression/compressed.ts';
import type { Input, ReadOptions, Table, TableProperties } from '../table.ts';
import { openInThread } from '../thread/reader-thread.ts';
import { lookInThread, readInThread } from '../thread/short-tables.ts';
import { openRecording } from './recording.ts';
import { isShort } from './short.ts';

/** A thread takes some time to start: so many recordings are opened before there is one. */
const FEW = 4;

let opened = 0;

/** Opens a recording that is to be read: one in a file is decoded in a thread, if it is long, or not among the first few. */
export async function readRecording(input: Input, options: ReadOptions): Promise<Table> {
  if (input.path === undefined) return openRecording(input, options);
  if (!isShort(input)) return openInThread('wav', input, options);
  return opened++ < FEW ? openHere(input, options) : readInThread('wav', input, options);
}

/** What is known of a recording before it is read. */
export async function lookAtRecording(input: Input, options: ReadOptions): Promise<TableProperties> {
  if (input.path !== undefined && opened++ >= FEW) return lookInThread('wav', input, options);
  const table = await openHere(input, options);
  await table.close();
  return table;
}

const openHere = async (input: Input, options: ReadOptions): Promise<Table> =>
  openRecording(await decompressed(input, options.signal), options);
