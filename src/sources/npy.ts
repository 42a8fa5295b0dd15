import { rowsPerChunk } from '../chunk.ts';
import { DataError } from '../errors.ts';
import { fromHalves } from '../kernels/halves.ts';
import type { Batch, Format, Table } from './table.ts';

const MAGIC = '\x93NUMPY';
const LONGEST_HEADER = 1 << 20;

type Numbers = Float64Array<ArrayBuffer> | Float32Array<ArrayBuffer>;

/** How numbers are stored, little-endian, and what they become. */
interface NumberType {
  readonly bytes: number;
  /** Memory for so many. */
  make(length: number): Numbers;
  /** Set if they must be turned into numbers of another type; returns whether all are finite. */
  readonly decode?: (raw: Uint8Array<ArrayBuffer>, out: Numbers) => boolean;
}

const numberTypes: Readonly<Record<string, NumberType>> = {
  f8: { bytes: 8, make: (length) => new Float64Array(length) },
  f4: { bytes: 4, make: (length) => new Float32Array(length) },
  f2: {
    bytes: 2,
    make: (length) => new Float32Array(length),
    decode: (raw, out) => fromHalves(new Uint16Array(raw.buffer, 0, out.length), out as Float32Array),
  },
};

/**
 * NumPy's array files, versions 1 to 3: two-dimensional, C order, float16, float32 or float64, little-endian.
 * Source: NEP 1, and numpy.lib.format.
 */
export const npy: Format = {
  extensions: ['.npy'],
  takes: [],
  async open({ name, bytes, lentBytes = bytes }): Promise<Table> {
    const reader = new ByteReader(lentBytes());
    try {
      const { numberType, rows, dimensions } = parseHeader(await readHeader(reader, name), name);
      return {
        dimensions,
        rows,
        batches: readRows(reader, name, numberType, rows, dimensions),
        close: () => reader.close(),
      };
    } catch (error) {
      await reader.close();
      throw error;
    }
  },
};

async function* readRows(
  reader: ByteReader,
  name: string,
  { bytes, make, decode }: NumberType,
  rows: number,
  dimensions: number,
): AsyncGenerator<Batch> {
  const rowBytes = bytes * dimensions;
  const length = Math.min(rowsPerChunk(dimensions), rows) * dimensions;
  const stored = decode && new Uint8Array(length * bytes);
  /** Memory that chunks were released of. */
  const free: Numbers[] = [];
  for (let done = 0; done < rows; ) {
    const count = Math.min(rowsPerChunk(dimensions), rows - done);
    const whole = free.pop() ?? make(length);
    const data = whole.subarray(0, count * dimensions);
    const raw = await reader.read(stored ?? new Uint8Array(data.buffer), count * rowBytes);
    if (raw.length < count * rowBytes) {
      throw new DataError(
        `${name}: its header claims ${rows} rows of ${dimensions} numbers, but it ends after ` +
          `${done + Math.floor(raw.length / rowBytes)} rows: the file was cut short, write it again`,
      );
    }
    const allFinite = decode?.(raw, data);
    yield { data, allFinite, release: () => void free.push(whole) };
    done += count;
  }
  if ((await reader.read(new Uint8Array(1))).length > 0) {
    throw new DataError(`${name}: it goes on after the ${rows} rows that its header claims: write it again`);
  }
}

async function readHeader(reader: ByteReader, name: string): Promise<string> {
  const start = await reader.read(new Uint8Array(8));
  if (start.length === 0) throw new DataError(`${name} is empty: expected an .npy array`);
  if (start.length < 8 || latin1(start.subarray(0, 6)) !== MAGIC) {
    throw new DataError(`${name} is not an .npy file (it does not begin with \\x93NUMPY)`);
  }
  const version = start[6]!;
  if (version < 1 || version > 3)
    throw new DataError(`${name}: .npy version ${version}; versions 1, 2 and 3 are known`);
  const lengthBytes = await reader.read(new Uint8Array(version === 1 ? 2 : 4));
  const length = lengthBytes.reduceRight((sum, byte) => sum * 256 + byte, 0);
  if (length > LONGEST_HEADER) throw new DataError(`${name}: its header claims ${length} bytes; the file is damaged`);
  const header = await reader.read(new Uint8Array(length));
  if (lengthBytes.length < 2 || header.length < length)
    throw new DataError(`${name} ends within its header: the file was cut short`);
  return version === 3 ? new TextDecoder().decode(header) : latin1(header);
}

function parseHeader(header: string, name: string): { numberType: NumberType; rows: number; dimensions: number } {
  const descr = /'descr'\s*:\s*(?:'([^']*)'|(\[))/.exec(header);
  const order = /'fortran_order'\s*:\s*(True|False)/.exec(header);
  const shape = /'shape'\s*:\s*\(([\d\s,L]*)\)/.exec(header);
  if (!descr || !order || !shape)
    throw new DataError(`${name}: its .npy header cannot be understood: ${header.trim()}`);
  const lengths = shape[1]!.split(',').flatMap((text) => (text.trim() ? [Number.parseInt(text, 10)] : []));
  const described = descr[1] ?? 'a record';
  const numberType = /^[<=|]?f[248]$/.test(described) ? numberTypes[described.slice(-2)] : undefined;
  if (!numberType) {
    throw new DataError(
      `${name}: its numbers are '${described}'; expected little-endian float16, float32 or float64: ` +
        "save it again with .astype('float64')",
    );
  }
  if (lengths.length !== 2) {
    throw new DataError(
      `${name}: an array of ${lengths.length} dimensions, shape (${lengths.join(', ')}); expected 2, rows × columns: ` +
        `${lengths.length === 1 ? 'save it again with .reshape(-1, 1) if every number is a row' : 'reshape it'}`,
    );
  }
  const [rows, dimensions] = lengths as [number, number];
  if (dimensions === 0) throw new DataError(`${name}: its rows have no columns`);
  if (order[1] === 'True' && rows > 1 && dimensions > 1) {
    throw new DataError(`${name}: column-major (Fortran) order; save it again with numpy.ascontiguousarray`);
  }
  return { numberType, rows, dimensions };
}

/** Exactly so many bytes at a time from pieces of any size. */
class ByteReader {
  readonly #pieces: AsyncIterator<Uint8Array>;
  #piece: Uint8Array = new Uint8Array(0);

  constructor(pieces: AsyncIterable<Uint8Array>) {
    this.#pieces = pieces[Symbol.asyncIterator]();
  }

  /** The next `count` bytes, in the room given; fewer only at the end. */
  async read(room: Uint8Array<ArrayBuffer>, count = room.length): Promise<Uint8Array<ArrayBuffer>> {
    const bytes = room.subarray(0, count);
    for (let filled = 0; filled < count; ) {
      if (this.#piece.length === 0) {
        const next = await this.#pieces.next();
        if (next.done) return bytes.subarray(0, filled);
        this.#piece = next.value;
      }
      const taken = this.#piece.subarray(0, count - filled);
      bytes.set(taken, filled);
      filled += taken.length;
      this.#piece = this.#piece.subarray(taken.length);
    }
    return bytes;
  }

  async close(): Promise<void> {
    await this.#pieces.return?.();
  }
}

const latin1 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('latin1');
