// Rows as records of a file: a header, the name of their utterance, numbers, weights and times.
import type { Batch } from './table.ts';

/** Rows of an utterance are gathered to records of about so many bytes. */
export const RECORD_BYTES = 1 << 19;

/** Eight numbers. */
export const HEADER_BYTES = 64;

/** What a header says, as numbers; NaN for what is not known. */
interface Header {
  readonly rows: number;
  readonly isSingle: boolean;
  readonly isWeighted: boolean;
  readonly isTimed: boolean;
  readonly allFinite: boolean;
  /** Of the name; NaN where there is none. */
  readonly nameBytes: number;
  readonly utteranceNumber: number;
  readonly utterancePosition: number;
}

/** Makes records of batches. */
export class Recorder {
  readonly #dimensions: number;
  #gathered: Batch[] = [];
  #bytes = 0;

  constructor(dimensions: number) {
    this.#dimensions = dimensions;
  }

  /** Takes a copy of a batch; returns the record of those before, if it is complete. */
  add(batch: Batch): Uint8Array | undefined {
    const { data, weights, times } = batch;
    const [first] = this.#gathered;
    const isApart = first && (this.#bytes >= RECORD_BYTES || !isAlike(first, batch));
    const complete = isApart ? this.end() : undefined;
    this.#gathered.push({ ...batch, data: data.slice(), weights: weights?.slice(), times: times?.slice() });
    this.#bytes += data.byteLength;
    return complete;
  }

  /** The record of what was gathered, if there is any. */
  end(): Uint8Array | undefined {
    const batches = this.#gathered;
    if (batches.length === 0) return undefined;
    [this.#gathered, this.#bytes] = [[], 0];
    return recordOf(batches, this.#dimensions);
  }
}

/** Whether two batches can be in one record. */
const isAlike = (one: Batch, other: Batch): boolean =>
  one.utterance === other.utterance &&
  one.utteranceNumber === other.utteranceNumber &&
  one.utterancePosition === other.utterancePosition &&
  one.data.constructor === other.data.constructor &&
  (one.weights === undefined) === (other.weights === undefined) &&
  (one.times === undefined) === (other.times === undefined);

function recordOf(batches: readonly Batch[], dimensions: number): Uint8Array {
  const [first] = batches as readonly [Batch];
  const { utterance, utteranceNumber = Number.NaN, utterancePosition = Number.NaN } = first;
  const name = utterance === undefined ? undefined : Buffer.from(utterance);
  const header: Header = {
    rows: batches.reduce((sum, { data }) => sum + data.length, 0) / dimensions,
    isSingle: first.data instanceof Float32Array,
    isWeighted: first.weights !== undefined,
    isTimed: first.times !== undefined,
    allFinite: batches.every(({ allFinite }) => allFinite === true),
    nameBytes: name?.length ?? Number.NaN,
    utteranceNumber,
    utterancePosition,
  };
  const record = new Uint8Array(bytesOf(header, dimensions));
  new Float64Array(record.buffer, 0, HEADER_BYTES / 8).set([
    header.rows,
    Number(header.isSingle),
    Number(header.isWeighted),
    Number(header.isTimed),
    Number(header.allFinite),
    header.nameBytes,
    utteranceNumber,
    utterancePosition,
  ]);
  if (name) record.set(name, HEADER_BYTES);
  const { data, weights, times } = numbersOf(record, header, dimensions);
  let row = 0;
  for (const batch of batches) {
    data.set(batch.data, row * dimensions);
    if (batch.weights) weights?.set(batch.weights, row);
    if (batch.times) times?.set(batch.times, row);
    row += batch.data.length / dimensions;
  }
  return record;
}

/** The length of the record that begins with a header. */
export const recordBytes = (header: Uint8Array, dimensions: number): number => bytesOf(read(header), dimensions);

/** The rows of a record, in its own memory. */
export function batchOf(record: Uint8Array, dimensions: number): Batch {
  const header = read(record);
  const { nameBytes, utteranceNumber, utterancePosition, allFinite } = header;
  const name = Number.isNaN(nameBytes)
    ? undefined
    : Buffer.from(record.subarray(HEADER_BYTES, HEADER_BYTES + nameBytes));
  return {
    ...numbersOf(record, header, dimensions),
    allFinite,
    utterance: name?.toString(),
    utteranceNumber: known(utteranceNumber),
    utterancePosition: known(utterancePosition),
  };
}

const known = (value: number): number | undefined => (Number.isNaN(value) ? undefined : value);

function read({ buffer, byteOffset }: Uint8Array): Header {
  const [rows, isSingle, isWeighted, isTimed, allFinite, nameBytes, utteranceNumber, utterancePosition] =
    new Float64Array(buffer, byteOffset, HEADER_BYTES / 8) as unknown as readonly [
      number,
      number,
      number,
      number,
      number,
      number,
      number,
      number,
    ];
  return {
    rows,
    isSingle: isSingle === 1,
    isWeighted: isWeighted === 1,
    isTimed: isTimed === 1,
    allFinite: allFinite === 1,
    nameBytes,
    utteranceNumber,
    utterancePosition,
  };
}

/** Up to a multiple of 8, where numbers can begin. */
const padded = (bytes: number): number => 8 * Math.ceil(bytes / 8);

const dataStart = ({ nameBytes }: Header): number => HEADER_BYTES + padded(known(nameBytes) ?? 0);

const dataEnd = (header: Header, dimensions: number): number =>
  dataStart(header) + padded(header.rows * dimensions * (header.isSingle ? 4 : 8));

const bytesOf = (header: Header, dimensions: number): number =>
  dataEnd(header, dimensions) + 8 * header.rows * (Number(header.isWeighted) + Number(header.isTimed));

function numbersOf(
  { buffer, byteOffset }: Uint8Array,
  header: Header,
  dimensions: number,
): Required<Pick<Batch, 'data'>> & Pick<Batch, 'weights' | 'times'> {
  const { rows, isSingle, isWeighted, isTimed } = header;
  const Numbers = isSingle ? Float32Array : Float64Array;
  const beside = byteOffset + dataEnd(header, dimensions);
  return {
    data: new Numbers(buffer as ArrayBuffer, byteOffset + dataStart(header), rows * dimensions),
    weights: isWeighted ? new Float64Array(buffer, beside, rows) : undefined,
    times: isTimed ? new Float64Array(buffer, beside + (isWeighted ? 8 * rows : 0), rows) : undefined,
  };
}
