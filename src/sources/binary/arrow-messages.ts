// Arrow messages: schema, dictionaries, record batches, none missing.
import { open } from 'node:fs/promises';
import { DataError } from '../../errors.ts';
import { type ByteReader, latin1 } from '../bytes.ts';
import { type ArrowField, readSchema } from './arrow-schema.ts';
import { damaged, Unsupported, unsupported } from './columnar.ts';
import { FlatTable } from './flat-buffer.ts';

const MAGIC = 'ARROW1';
const FEATHER_1 = 'FEA1';
const CONTINUATION = 0xffffffff;
/** A schema of a million columns has less. */
const LONGEST_METADATA = 2 ** 28;
const LONGEST_FOOTER = 2 ** 26;
/** A record batch is held whole. */
const LONGEST_BODY = 2 ** 30;
/** Room for so much is made before it is there. */
const BELIEVED_BYTES = 2 ** 26;

/** Kinds of messages, and the places of fields in the tables of Arrow's Message.fbs and File.fbs. */
const [SCHEMA, DICTIONARY_BATCH, RECORD_BATCH] = [1, 2, 3];
const [VERSION, HEADER_TYPE, HEADER, BODY_LENGTH] = [0, 1, 2, 3];
const [DICTIONARY_ID, DICTIONARY_DATA, IS_DELTA] = [0, 1, 2];
const [FOOTER_SCHEMA, FOOTER_BATCHES] = [1, 3];
const BLOCK_BYTES = 24;
const LEAST_UNION_VERSION = 4;

/** Rows, or the values of a dictionary, as they are in the file. */
export interface BatchMessage {
  readonly batch: FlatTable;
  readonly body: Uint8Array;
  /** Set if it is a dictionary. */
  readonly dictionary?: { readonly id: number; readonly isDelta: boolean } | undefined;
  /** Whether unions have a bitmap of what is there, as before version 5 of the format. */
  readonly hasOldUnions: boolean;
}

/** Messages after a schema. */
export interface ArrowMessages {
  readonly fields: readonly ArrowField[];
  readonly batches: AsyncGenerator<BatchMessage>;
}

/**
 * The messages of Arrow's IPC format: of a stream, or of a file, which is one between marks. What is cut short or too large is refused
 * here, and that no rows are missing at its end is made sure of. Source: Arrow columnar format 1.5, section "Serialization and IPC".
 */
export async function openMessages(
  reader: ByteReader,
  name: string,
  path: string | undefined,
  fits: (length: number) => boolean,
): Promise<ArrowMessages> {
  const isFile = (await reader.peek()) === MAGIC.charCodeAt(0);
  if (isFile && latin1(await reader.read(new Uint8Array(8))) !== `${MAGIC}\0\0`) throw noArrow(name);
  let known: string | undefined;
  const messages = readMessages(reader, name, isFile, fits, () => known);
  const first = await messages.next();
  if (!first.done && first.value.kind === SCHEMA) {
    const fields = readFields(first.value.header, name);
    known = JSON.stringify(fields);
    return { fields, batches: toBatches(messages, undefined, name) };
  }
  if (!isFile) throw noArrow(name);
  // files of apache-arrow for JavaScript have their schema at their end alone
  if (path === undefined)
    throw new DataError('needs-file', `${name}: it has its schema at its end: give the path of a file, not a pipe`, {
      source: name,
    });
  const fields = readFields(await schemaInFooter(path, name), name);
  return { fields, batches: toBatches(messages, first.done ? undefined : first.value, name) };
}

interface Message {
  readonly kind: number;
  readonly header: FlatTable;
  readonly version: number;
  readonly body: Uint8Array;
}

function readFields(schema: FlatTable, name: string): ArrowField[] {
  try {
    return readSchema(schema);
  } catch (error) {
    throw wrong(error, name, 'its schema has');
  }
}

async function* toBatches(
  messages: AsyncGenerator<Message>,
  first: Message | undefined,
  name: string,
): AsyncGenerator<BatchMessage> {
  try {
    if (first) yield toBatch(first, name);
    for await (const message of messages) yield toBatch(message, name);
  } finally {
    await messages.return(undefined);
  }
}

function toBatch({ kind, header, version, body }: Message, name: string): BatchMessage {
  const hasOldUnions = version < LEAST_UNION_VERSION;
  if (kind === RECORD_BATCH) return { batch: header, body, hasOldUnions };
  try {
    const batch = kind === DICTIONARY_BATCH ? header.table(DICTIONARY_DATA) : undefined;
    if (batch) {
      const dictionary = { id: header.long(DICTIONARY_ID), isDelta: header.byte(IS_DELTA) !== 0 };
      return { batch, body, dictionary, hasOldUnions };
    }
  } catch (error) {
    throw wrong(error, name, 'a message has');
  }
  throw damaged(name, kind === SCHEMA ? 'a second schema' : `a message of kind ${kind}, neither rows nor a dictionary`);
}

async function* readMessages(
  reader: ByteReader,
  name: string,
  isFile: boolean,
  fits: (length: number) => boolean,
  schema: () => string | undefined,
): AsyncGenerator<Message> {
  let batches = 0;
  for (let isFirst = true; ; isFirst = false) {
    const prefix = await reader.read(new Uint8Array(4));
    if (prefix.length === 0 && isFirst && !isFile)
      throw new DataError('empty', `${name} is empty: expected an Arrow file or stream`, { source: name });
    if (isFirst && latin1(prefix) === FEATHER_1) {
      throw new DataError(
        'unsupported',
        `${name} is of Feather version 1, which is not read: write it as version 2, or as Arrow`,
        { source: name },
      );
    }
    let length = lengthOf(prefix, name);
    // before Arrow 0.15 there was no mark before the length
    if (length === CONTINUATION) length = lengthOf(await reader.read(new Uint8Array(4)), name);
    if (length === 0) break;
    if (length < 8 || length > LONGEST_METADATA) throw isFirst ? noArrow(name) : noMessage(name);
    const metadata = await readSome(reader, length, fits);
    if (metadata.length < length) throw isFirst && !isFile ? noArrow(name) : cutShort(name);
    const { bodyBytes, ...message } = readMetadata(metadata, name);
    const body = await readSome(reader, bodyBytes, fits);
    if (body.length < bodyBytes) throw cutShort(name);
    if (message.kind === RECORD_BATCH) batches++;
    yield { ...message, body };
  }
  if (isFile) await checkFooter(reader, batches, schema(), name);
}

function lengthOf(bytes: Uint8Array, name: string): number {
  if (bytes.length < 4) throw cutShort(name);
  return new DataView(bytes.buffer, bytes.byteOffset).getUint32(0, true);
}

/** A claimed length is not trusted before the bytes are there, unless it is small, or the file is as long. */
function readSome(reader: ByteReader, length: number, fits: (length: number) => boolean): Promise<Uint8Array> {
  if (length > BELIEVED_BYTES && !fits(reader.position + length)) return reader.readSome(length);
  return reader.read(new Uint8Array(length));
}

function readMetadata(metadata: Uint8Array, name: string): Omit<Message, 'body'> & { bodyBytes: number } {
  try {
    const message = FlatTable.root(metadata);
    const header = message.table(HEADER);
    const bodyBytes = message.long(BODY_LENGTH);
    if (bodyBytes > LONGEST_BODY) {
      throw new DataError(
        'too-large',
        `${name}: a record batch of ${bodyBytes} bytes, more than the ${LONGEST_BODY / 2 ** 20} MiB that are held at a time: ` +
          'write it in smaller ones (max_chunksize=100000)',
        { source: name },
      );
    }
    if (!header || bodyBytes < 0) throw new RangeError(header ? `a body of ${bodyBytes} bytes` : 'no header');
    return { kind: message.byte(HEADER_TYPE), header, version: message.short(VERSION), bodyBytes };
  } catch (error) {
    throw wrong(error, name, 'a message has');
  }
}

/** A file must end as one does, and agree with its beginning: an end mark in its middle would leave rows out. */
async function checkFooter(
  reader: ByteReader,
  batches: number,
  schema: string | undefined,
  name: string,
): Promise<void> {
  const footer = footerOf(await reader.readSome(LONGEST_FOOTER), name);
  const { claimed, fields } = inFooter(name, () => {
    const fields = footer.table(FOOTER_SCHEMA);
    return { claimed: footer.count(FOOTER_BATCHES, BLOCK_BYTES), fields: fields && JSON.stringify(readSchema(fields)) };
  });
  if (claimed !== batches) throw damaged(name, `${batches} record batches instead of ${claimed}`);
  if (schema !== undefined && fields !== schema) throw damaged(name, 'two schemas that differ');
}

function inFooter<T>(name: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw wrong(error, name, 'its footer has');
  }
}

/** The schema that a file has at its end. */
async function schemaInFooter(path: string, name: string): Promise<FlatTable> {
  const file = await open(path);
  try {
    const { size } = await file.stat();
    const bytes = new Uint8Array(Math.min(size, LONGEST_FOOTER));
    const { bytesRead } = await file.read(bytes, 0, bytes.length, size - bytes.length);
    const schema = footerOf(bytes.subarray(0, bytesRead), name).table(FOOTER_SCHEMA);
    if (schema) return schema;
  } catch (error) {
    throw wrong(error, name, 'its footer has');
  } finally {
    await file.close();
  }
  throw damaged(name, 'it has no schema');
}

/** At the end of some bytes: a footer, its length, and a mark. */
function footerOf(bytes: Uint8Array, name: string): FlatTable {
  const end = bytes.length - MAGIC.length - 4;
  if (end < 8 || latin1(bytes.subarray(end + 4)) !== MAGIC) throw cutShort(name);
  const length = new DataView(bytes.buffer, bytes.byteOffset).getInt32(end, true);
  if (length < 8 || length > end) throw damaged(name, `a footer of ${length} bytes`);
  return inFooter(name, () => FlatTable.root(bytes.subarray(end - length, end)));
}

/** Turns errors of an impossible FlatBuffer into a DataError. */
function wrong(error: unknown, name: string, where: string): unknown {
  if (error instanceof Unsupported) return unsupported(name, error);
  if (!(error instanceof RangeError)) return error;
  const isOurs = !error.message.includes('DataView');
  return damaged(name, `${where} ${isOurs ? error.message : 'what is not there'}`);
}

const cutShort = (name: string): DataError =>
  new DataError('truncated', `${name}: it ends before its end mark: the file was cut short, write it again`, {
    source: name,
  });

const noMessage = (name: string): DataError => damaged(name, 'no message where one should be');

const noArrow = (name: string): DataError =>
  new DataError('damaged', `${name} is no Arrow file or stream, or damaged`, { source: name });
