// Number types of binary files.
import { fromHalves } from '../../kernels/float16.ts';

/** Type in which numbers are returned: the narrower of the two that holds them all exactly, if one does. */
export type Numbers = Float64Array<ArrayBuffer> | Float32Array<ArrayBuffer>;

type Bytes = Uint8Array<ArrayBuffer>;

/** How numbers are stored, and what they become. */
export interface NumberType {
  readonly bytes: number;
  /** Allocates room for `length` numbers. */
  make(length: number): Numbers;
  /** Turns what was read, in the byte order of this machine, into numbers; absent where it is them. */
  readonly decode?: (raw: Bytes, out: Numbers) => boolean;
  /** Reverses the bytes of each number. */
  swap(raw: Bytes): void;
}

const asDoubles = (length: number): Numbers => new Float64Array(length);
const asFloats = (length: number): Numbers => new Float32Array(length);

const swaps: Readonly<Record<number, (buffer: Buffer) => unknown>> = {
  1: () => {},
  2: (buffer) => buffer.swap16(),
  4: (buffer) => buffer.swap32(),
  8: (buffer) => buffer.swap64(),
};

function swapped(bytes: number): NumberType['swap'] {
  return (raw) => void swaps[bytes]!(Buffer.from(raw.buffer, raw.byteOffset, raw.byteLength));
}

type View = new (buffer: ArrayBuffer, offset: number, length: number) => ArrayLike<number> & ArrayBufferView;

/** Whole numbers: always finite. */
function whole(bytes: number, make: NumberType['make'], View: View): NumberType {
  return {
    bytes,
    make,
    decode(raw, out) {
      out.set(new View(raw.buffer, raw.byteOffset, out.length));
      return true;
    },
    swap: swapped(bytes),
  };
}

/** 64 bits: above 2⁵³ the nearest double. */
function long(View: BigInt64ArrayConstructor | BigUint64ArrayConstructor): NumberType {
  return {
    bytes: 8,
    make: asDoubles,
    decode(raw, out) {
      const values = new View(raw.buffer, raw.byteOffset, out.length);
      for (let i = 0; i < out.length; i++) out[i] = Number(values[i]);
      return true;
    },
    swap: swapped(8),
  };
}

/** By the letter and the size that NumPy gives them. */
export const numberTypes: Readonly<Record<string, NumberType>> = {
  f8: { bytes: 8, make: asDoubles, swap: swapped(8) },
  f4: { bytes: 4, make: asFloats, swap: swapped(4) },
  f2: {
    bytes: 2,
    make: asFloats,
    decode: (raw, out) => fromHalves(new Uint16Array(raw.buffer, raw.byteOffset, out.length), out as Float32Array),
    swap: swapped(2),
  },
  b1: whole(1, asFloats, Uint8Array),
  i1: whole(1, asFloats, Int8Array),
  u1: whole(1, asFloats, Uint8Array),
  i2: whole(2, asFloats, Int16Array),
  u2: whole(2, asFloats, Uint16Array),
  i4: whole(4, asDoubles, Int32Array),
  u4: whole(4, asDoubles, Uint32Array),
  i8: long(BigInt64Array),
  u8: long(BigUint64Array),
};
