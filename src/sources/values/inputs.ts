// The table of what kinds of things data can be given as.
import { isAnyArrayBuffer } from 'node:util/types';
import { DataError } from '../../errors.ts';
import { AbstractMatrix } from '../../util/required.ts';
import { shown } from '../../util/shown.ts';
import { guarded, hintFor, isFlatRows } from '../rows.ts';
import { isPlainObject } from './named-rows.ts';
import { isBytes, isNumbers } from './numbers.ts';

/** Bytes in memory. */
export type Bytes = Uint8Array | ArrayBuffer | SharedArrayBuffer;

/** An object with a body of bytes, such as a Response of fetch; it can be read once. */
export interface HasBody {
  /** Bytes, as a stream; null if there are none. */
  readonly body: AsyncIterable<Uint8Array> | null;
  /** Whether the body was read already; then it is refused. */
  readonly bodyUsed: boolean;
  /** Whether a request succeeded; a failed one is refused. */
  readonly ok?: boolean;
  /** Status code of a request, for error messages. */
  readonly status?: number;
  /** Status text of a request, for error messages. */
  readonly statusText?: string;
  /** Address of a request, for error messages. */
  readonly url?: string;
}

/** Tests that recognise each kind; the first that holds counts. */
const kinds = {
  path: (data) => typeof data === 'string',
  url: (data) => data instanceof URL,
  bytes: (data) => isBytes(data) || isAnyArrayBuffer(data),
  paths: (data) => isArrayOf(data, (item) => typeof item === 'string'),
  /** Bytes, one piece after the other. */
  pieces: (data) => isArrayOf(data, (item) => isBytes(item) || isAnyArrayBuffer(item)),
  blob: (data) => data instanceof Blob,
  body: (data) => isObject(data) && 'body' in data && typeof Reflect.get(data, 'bodyUsed') === 'boolean',
  /** Chunks, or matrices, which are as an iterable of them. */
  chunks: (data) => Array.isArray(data) && (isFlatRows(data[0]) || AbstractMatrix.isMatrix(data[0])),
  source: (data) => isIterable(data) && Symbol.asyncIterator in data && 'dimensions' in data,
  rows: (data) =>
    Array.isArray(data) || isNumbers(data) || AbstractMatrix.isMatrix(data) || isFlatRows(data) || isPlainObject(data),
  stream: (data) => isIterable(data),
} satisfies Record<string, (data: unknown) => boolean>;

/** The kinds of data. */
export type InputKind = keyof typeof kinds;

/**
 * Which kind of data this is.
 *
 * @throws DataError for what is none.
 */
export function kindOf(data: unknown, name: string): InputKind {
  const kind = guarded(name, () => (Object.keys(kinds) as InputKind[]).find((each) => kinds[each](data)));
  if (kind) return kind;
  const received = typeof data === 'number' ? `number ${data}` : shown(data);
  throw new DataError(
    'not-rows',
    `${name}: received ${received}, expected a path, rows, bytes with a format, or a stream${hintFor(data)}`,
    { source: name },
  );
}

/** Bytes as they are read of bytes in memory; those that other threads may change are copied. */
export function toUint8Array(bytes: Bytes): Uint8Array<ArrayBuffer> {
  const view = isBytes(bytes) ? bytes : new Uint8Array(bytes);
  return view.buffer instanceof ArrayBuffer ? (view as Uint8Array<ArrayBuffer>) : Uint8Array.from(view);
}

const isObject = (data: unknown): data is object => typeof data === 'object' && data !== null;

const isIterable = (data: unknown): data is AsyncIterable<unknown> | Iterable<unknown> =>
  isObject(data) && (Symbol.asyncIterator in data || Symbol.iterator in data);

/** Holes of an array are tested too. */
function isArrayOf(data: unknown, holds: (item: unknown) => boolean): boolean {
  return Array.isArray(data) && data.length > 0 && holds(data[0]) && data.findIndex((item) => !holds(item)) < 0;
}
