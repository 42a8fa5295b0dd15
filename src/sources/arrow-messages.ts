import { DataError } from '../errors.ts';
import { type ByteReader, latin1 } from './bytes.ts';
import { FlatTable } from './flat-buffer.ts';

const MAGIC = 'ARROW1';
const CONTINUATION = 0xffffffff;
const PIECE_BYTES = 1 << 20;
/** A schema of a million columns has less. */
const LONGEST_METADATA = 1 << 28;
/** A record batch is held whole. */
const LONGEST_BODY = 2 ** 30;
const MOST_VALUES = 2 ** 28;
const DEEPEST_FIELD = 64;

/** Kinds of messages, and the places of fields in the tables of Arrow's Message.fbs and Schema.fbs. */
const [SCHEMA, DICTIONARY_BATCH] = [1, 2];
const [HEADER_TYPE, HEADER, BODY_LENGTH] = [1, 2, 3];
const SCHEMA_FIELDS = 1;
const [FIELD_CHILDREN, FIELD_METADATA] = [5, 6];
const [BATCH_NODES, BATCH_BUFFERS] = [1, 2];

/**
 * The messages of Arrow's IPC format, as bytes: of a stream, or of a file, which is one between marks. What is cut short or too large is
 * refused here, and that no rows are missing at its end is made sure of. Source: Arrow columnar format 1.5, section "Serialization and IPC".
 */
export async function* readMessages(
  reader: ByteReader,
  name: string,
  schemaInFooter?: () => Promise<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  const isFile = (await reader.peek()) === MAGIC.charCodeAt(0);
  if (isFile && latin1(await reader.read(new Uint8Array(8))) !== `${MAGIC}\0\0`) throw noArrow(name);
  for (let isFirst = true; ; isFirst = false) {
    const prefix = await reader.read(new Uint8Array(8));
    if (prefix.length === 0 && isFirst && !isFile)
      throw new DataError(`${name} is empty: expected an Arrow file or stream`);
    if (prefix.length < 8) throw cutShort(name);
    const view = new DataView(prefix.buffer);
    if (view.getUint32(0, true) !== CONTINUATION) throw noArrow(name);
    const length = view.getInt32(4, true);
    if (length === 0) {
      yield prefix;
      break;
    }
    if (length < 8 || length > LONGEST_METADATA) throw noArrow(name);
    const metadata = await reader.readSome(length);
    if (metadata.length < length) throw cutShort(name);
    const { bodyBytes, isSchema } = checkMessage(metadata, name);
    if (isFirst && isFile && !isSchema) yield* toMessage(await schemaInFooter?.(), name);
    yield prefix;
    yield metadata;
    yield* readBody(reader, bodyBytes, name);
  }
  if (isFile) await readFooter(reader, name);
}

/** The message that apache-arrow's own files of JavaScript lack at their beginning. */
function* toMessage(schema: Uint8Array | undefined, name: string): Generator<Uint8Array> {
  if (!schema) throw new DataError(`${name}: it has its schema at its end: give the path of a file, not a pipe`);
  checkMessage(schema, name);
  const message = Buffer.alloc(8 + 8 * Math.ceil(schema.length / 8));
  message.writeUInt32LE(CONTINUATION, 0);
  message.writeInt32LE(message.length - 8, 4);
  message.set(schema, 8);
  yield message;
}

async function* readBody(reader: ByteReader, length: number, name: string): AsyncGenerator<Uint8Array> {
  for (let done = 0; done < length; ) {
    const piece = await reader.read(new Uint8Array(Math.min(PIECE_BYTES, length - done)));
    if (piece.length === 0) throw cutShort(name);
    done += piece.length;
    yield piece;
  }
}

/** A file must end as one does. */
async function readFooter(reader: ByteReader, name: string): Promise<void> {
  let end = '';
  for (let room = new Uint8Array(1 << 16), read = room; read.length > 0; ) {
    read = await reader.read(room);
    end = (end + latin1(read)).slice(-MAGIC.length);
  }
  if (end !== MAGIC) throw cutShort(name);
}

/** The length of what follows on a message; what it claims must be possible, as apache-arrow believes it. */
function checkMessage(metadata: Uint8Array, name: string): { bodyBytes: number; isSchema: boolean } {
  try {
    const message = FlatTable.root(metadata);
    const kind = message.byte(HEADER_TYPE);
    const header = message.table(HEADER);
    const length = message.long(BODY_LENGTH);
    if (length > LONGEST_BODY) {
      throw new DataError(
        `${name}: a record batch of ${length} bytes, more than the ${LONGEST_BODY / 2 ** 20} MiB that are held at a time: ` +
          'write it in smaller ones (max_chunksize=100000)',
      );
    }
    const isSchema = kind === SCHEMA;
    if (isSchema) checkFields(header?.tables(SCHEMA_FIELDS) ?? []);
    const batch = kind === DICTIONARY_BATCH ? header?.table(1) : isSchema ? undefined : header;
    const sizes = batch ? [batch.long(0), ...batch.pairs(BATCH_NODES)] : [];
    batch?.pairs(BATCH_BUFFERS);
    if (length >= 0 && sizes.every((size) => size >= 0 && size <= MOST_VALUES)) return { bodyBytes: length, isSchema };
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
  }
  throw noArrow(name);
}

/** Fields, and those of their children. */
function checkFields(fields: readonly FlatTable[], depth = 0): void {
  if (depth > DEEPEST_FIELD) throw new RangeError('fields within fields without end');
  for (const field of fields) {
    field.tables(FIELD_METADATA);
    checkFields(field.tables(FIELD_CHILDREN), depth + 1);
  }
}

const cutShort = (name: string): DataError =>
  new DataError(`${name}: it ends before its end mark: the file was cut short, write it again`);

const noArrow = (name: string): DataError =>
  new DataError(
    `${name} is no Arrow file or stream, or damaged (Feather version 1 and files older than Arrow 0.15 are not read)`,
  );
