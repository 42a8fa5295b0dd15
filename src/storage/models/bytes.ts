// A model as bytes: a header of JSON, the numbers of the arrays, and a checksum.
import { DataError, messageOf } from '../../errors.ts';
import type { ShapedValues } from '../../files/hdf5.ts';
import { crc32 } from '../../sources/compression/crc32.ts';
import { shown } from '../../util/shown.ts';
import { datasetsOf, type ModelState, stateOf } from '../model-contents.ts';
import { attributesIn, checkHeader, headerOf, parsed } from './json.ts';

/** The first eight bytes, \x93MEGAMIX. */
const MAGIC: Uint8Array = Uint8Array.of(0x93, 0x4d, 0x45, 0x47, 0x41, 0x4d, 0x49, 0x58);
const LENGTH_BYTES = 4;
const CHECKSUM_BYTES = 4;
const NUMBER_BYTES = 8;
const START: number = MAGIC.length + LENGTH_BYTES;
const OTHERS: ReadonlySet<string> = new Set(['arrays']);

/** Name and shape of each array, in the order of their numbers. */
type Layout = readonly (readonly [name: string, shape: readonly number[]])[];

/** A model as bytes. */
export function toBytes(state: ModelState): Uint8Array<ArrayBuffer> {
  const datasets = datasetsOf(state);
  const arrays: Layout = Array.from(datasets, ([name, { shape }]) => [name, shape]);
  const header = new TextEncoder().encode(JSON.stringify({ ...headerOf(state), arrays }));
  const padding = -(START + header.length) & (NUMBER_BYTES - 1);
  const headerEnd = START + header.length + padding;
  const count = [...datasets.values()].reduce((sum, { data }) => sum + data.length, 0);
  const end = headerEnd + count * NUMBER_BYTES;
  const bytes = new Uint8Array(end + CHECKSUM_BYTES);
  const view = new DataView(bytes.buffer);
  bytes.set(MAGIC);
  view.setUint32(MAGIC.length, header.length + padding, true);
  bytes.set(header, START);
  bytes.fill(0x20, START + header.length, headerEnd);
  let at = headerEnd;
  for (const { data } of datasets.values()) {
    for (const value of data) {
      view.setFloat64(at, value, true);
      at += NUMBER_BYTES;
    }
  }
  view.setUint32(end, crc32(bytes.subarray(0, end)), true);
  return bytes;
}

/** Whether a model may begin here. */
export const isBytes = (bytes: Uint8Array): boolean => MAGIC.every((byte, i) => bytes[i] === byte);

/**
 * The model that bytes hold.
 *
 * @throws DataError where they hold none, or are damaged.
 */
export function fromBytes(bytes: Uint8Array, name: string): ModelState {
  if (!isBytes(bytes)) {
    throw new DataError(
      'wrong-format',
      `${name}: received ${bytes.length} bytes that begin with ${beginning(bytes)}, expected a model as toBytes gives it`,
      { source: name },
    );
  }
  const end = bytes.length - CHECKSUM_BYTES;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (end < START || view.getUint32(end, true) !== crc32(bytes.subarray(0, end))) {
    throw new DataError('damaged', `${name} is damaged or cut short: its bytes do not match their checksum`, {
      source: name,
    });
  }
  const headerEnd = START + view.getUint32(MAGIC.length, true);
  const header = headerEnd <= end ? headerIn(bytes.subarray(START, headerEnd), name) : undefined;
  const layout = header?.arrays;
  const expected = isLayout(layout)
    ? headerEnd + NUMBER_BYTES * layout.reduce((sum, [, shape]) => sum + sizeOf(shape), 0)
    : -1;
  if (!header || !isLayout(layout) || expected !== end) {
    throw new DataError('damaged', `${name} is damaged: its header does not fit the ${bytes.length} bytes`, {
      source: name,
    });
  }
  const datasets = new Map<string, ShapedValues>();
  let at = headerEnd;
  for (const [key, shape] of layout) {
    const data = new Float64Array(sizeOf(shape));
    for (let i = 0; i < data.length; i++, at += NUMBER_BYTES) data[i] = view.getFloat64(at, true);
    datasets.set(key, { data, shape });
  }
  return stateOf({ datasets, attributes: attributesIn(header) }, name, {});
}

function headerIn(bytes: Uint8Array, name: string) {
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (error) {
    throw new DataError('damaged', `${name}: its header is no text: ${messageOf(error)}`, { source: name });
  }
  const header = parsed(text, name);
  checkHeader(header, name, OTHERS);
  return header;
}

/** The first bytes, as messages show them. */
const beginning = (bytes: Uint8Array): string => shown(String.fromCharCode(...bytes.subarray(0, MAGIC.length)));

const sizeOf = (shape: readonly number[]): number => shape.reduce((product, length) => product * length, 1);

const isLayout = (value: unknown): value is Layout =>
  Array.isArray(value) &&
  value.every(
    (each) =>
      Array.isArray(each) &&
      typeof each[0] === 'string' &&
      Array.isArray(each[1]) &&
      each[1].every((length) => Number.isSafeInteger(length) && length > 0),
  );
