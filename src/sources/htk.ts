import { DataError } from '../errors.ts';
import { ByteReader } from './bytes.ts';
import { type NumberType, numberTypes } from './number-types.ts';
import { readRows } from './stored-rows.ts';
import type { Batch, Format, Table } from './table.ts';

const HEADER_BYTES = 12;
const CHECKSUM_BYTES = 2;

/** The kinds that hold no features, and that of whole numbers between −1 and 1. */
const KIND = 0o77;
const [WAVEFORM, IREFC, DISCRETE] = [0, 5, 10];
const COMPRESSED = 0o2000;
const CHECKSUM = 0o10000;
const IREFC_SCALE = 32767;
/** Of a compressed file the scales and the offsets count as so many samples. */
const SCALE_SAMPLES = 4;

interface Header {
  readonly samples: number;
  readonly sampleBytes: number;
  readonly kind: number;
}

/**
 * HTK's files of parameters, big-endian: float32, or compressed (_C). A checksum (_K) is stepped over, not checked.
 * The file is one utterance. Source: The HTK Book (for version 3.4), section 5.10.1.
 */
export const htk: Format = {
  extensions: ['.htk', '.fea', '.mfc', '.plp', '.fbk'],
  takes: [],
  async open({ name, bytes, lentBytes = bytes }, { isLive }): Promise<Table> {
    const reader = new ByteReader(lentBytes());
    try {
      const header = await readHeader(reader, name);
      const { samples, sampleBytes, kind } = header;
      const isShort = (kind & COMPRESSED) !== 0 || (kind & KIND) === IREFC;
      const dimensions = sampleBytes / (isShort ? 2 : 4);
      const isScaled = (kind & COMPRESSED) !== 0 && (kind & KIND) !== IREFC;
      const rows = isScaled ? samples - SCALE_SAMPLES : samples;
      if (rows < 0 || !Number.isInteger(dimensions) || dimensions < 1) throw impossible(name, header);
      const batches = readSamples(reader, name, header, { rows, dimensions, isShort, isScaled }, isLive);
      return { dimensions, rows, batches, close: () => reader.close() };
    } catch (error) {
      await reader.close();
      throw error;
    }
  },
};

async function readHeader(reader: ByteReader, name: string): Promise<Header> {
  const bytes = await reader.read(new Uint8Array(HEADER_BYTES));
  if (bytes.length === 0) throw new DataError(`${name} is empty: expected an HTK file`);
  if (bytes.length < HEADER_BYTES) throw new DataError(`${name} ends within its header: the file was cut short`);
  const view = new DataView(bytes.buffer);
  const header = { samples: view.getInt32(0), sampleBytes: view.getInt16(8), kind: view.getUint16(10) };
  const kind = header.kind & KIND;
  if (kind === WAVEFORM || kind === DISCRETE || kind > 11) {
    const what = kind === WAVEFORM ? 'a waveform' : kind === DISCRETE ? 'discrete symbols' : 'of an unknown kind';
    throw new DataError(
      `${name}: an HTK file that is ${what} (kind ${kind}); expected features, such as MFCC: extract them`,
    );
  }
  return header;
}

async function* readSamples(
  reader: ByteReader,
  name: string,
  { samples, sampleBytes, kind }: Header,
  { rows, dimensions, isShort, isScaled }: { rows: number; dimensions: number; isShort: boolean; isScaled: boolean },
  isLive: boolean | undefined,
): AsyncGenerator<Batch> {
  const wrong = (found: number): DataError =>
    new DataError(
      `${name}: its header claims ${samples} samples of ${sampleBytes} bytes, but there are ${found}: ` +
        `${found < samples ? 'the file was cut short, ' : ''}write it again`,
    );
  const scaleBytes = isScaled ? 4 * dimensions : 0;
  const scales = await reader.read(new Uint8Array(2 * scaleBytes));
  if (scales.length < 2 * scaleBytes) throw wrong(Math.floor(scales.length / sampleBytes));
  const before = samples - rows;
  const numberType = isShort ? scaled(scales, dimensions) : numberTypes.f4!;
  const cutShort = (found: number): DataError => wrong(before + found);
  const stored = { numberType, isSwapped: true, rows, dimensions, cutShort };
  for await (const batch of readRows(reader, stored, isLive)) {
    yield { ...batch, utterance: name };
  }
  let left = 0;
  for (let room = new Uint8Array(1 << 16), read = room; read.length > 0; left += read.length)
    read = await reader.read(room);
  const checksum = (kind & CHECKSUM) === 0 ? 0 : CHECKSUM_BYTES;
  if (left < checksum)
    throw new DataError(`${name}: it ends before its checksum (_K): the file was cut short, write it again`);
  if (left > checksum) throw wrong(samples + (left - checksum) / sampleBytes);
}

/** Whole numbers of two bytes: x = (X + B) / A, with A and B of each column. */
function scaled(scales: Uint8Array<ArrayBuffer>, dimensions: number): NumberType {
  const { bytes, swap } = numberTypes.i2!;
  const view = new DataView(scales.buffer);
  const [scale, offset] = [new Float64Array(dimensions).fill(IREFC_SCALE), new Float64Array(dimensions)];
  if (scales.length > 0) {
    for (let j = 0; j < dimensions; j++) {
      scale[j] = view.getFloat32(4 * j);
      offset[j] = view.getFloat32(4 * (dimensions + j));
    }
  }
  return {
    bytes,
    swap,
    make: (length) => new Float32Array(length),
    decode(raw, out) {
      const values = new Int16Array(raw.buffer, raw.byteOffset, out.length);
      for (let i = 0, j = 0; i < out.length; i++, j = j + 1 === dimensions ? 0 : j + 1) {
        out[i] = (values[i]! + offset[j]!) / scale[j]!;
      }
      return false;
    },
  };
}

function impossible(name: string, { samples, sampleBytes }: Header): DataError {
  return new DataError(
    `${name} is no HTK file of features, or damaged: its header claims ${samples} samples of ${sampleBytes} bytes ` +
      '(it must be big-endian: no NATURALWRITEORDER)',
  );
}
