// Run-length and bit-packed levels and indices (Parquet).
/**
 * Decodes Parquet's RLE / bit-packing hybrid: as many numbers of `width` bits as there is room for. Source: Parquet encodings, "RLE = 3".
 *
 * hyparquet's readRleBitPackedHybrid believes the headers of runs: negative counts make it loop for ever, huge ones grow its array
 * until the process aborts.
 *
 * @throws RangeError where the runs end early, or give more numbers than there should be.
 */
export function readRuns(bytes: Uint8Array, width: number, out: Uint8Array | Uint32Array): void {
  const valueBytes = (width + 7) >> 3;
  let at = 0;
  for (let done = 0; done < out.length; ) {
    let header = 0;
    for (let shift = 0, byte = 0x80; byte >= 0x80; shift += 7) {
      if (at >= bytes.length || shift > 28) throw new RangeError('runs that end early');
      byte = bytes[at++]!;
      header += (byte & 0x7f) * 2 ** shift;
    }
    const count = Math.floor(header / 2);
    if (header % 2 === 1) {
      const most = Math.min(8 * count, out.length - done);
      const needed = Math.ceil((most * width) / 8);
      if (needed > bytes.length - at) throw new RangeError('packed numbers that end early');
      unpack(bytes, at, width, out, done, done + most);
      done += most;
      at += count * width;
    } else {
      if (count > out.length - done) throw new RangeError(`a run of ${count} of the last ${out.length - done} values`);
      if (valueBytes > bytes.length - at) throw new RangeError('runs that end early');
      let value = 0;
      for (let i = 0; i < valueBytes; i++) value += bytes[at++]! * 2 ** (8 * i);
      if (value >= 2 ** width) throw new RangeError(`a run of ${value}, more than its ${width} bits`);
      out.fill(value, done, done + count);
      done += count;
    }
  }
}

/** Numbers of `width` bits, from the lowest bit of the first byte on. */
function unpack(
  bytes: Uint8Array,
  start: number,
  width: number,
  out: Uint8Array | Uint32Array,
  from: number,
  to: number,
): void {
  let at = start;
  let bits = 0;
  let buffer = 0;
  if (width <= 24) {
    const mask = (1 << width) - 1;
    for (let i = from; i < to; i++) {
      for (; bits < width; bits += 8) buffer |= bytes[at++]! << bits;
      out[i] = buffer & mask;
      buffer >>>= width;
      bits -= width;
    }
  } else {
    const base = 2 ** width;
    for (let i = from; i < to; i++) {
      for (; bits < width; bits += 8) buffer += bytes[at++]! * 2 ** bits;
      out[i] = buffer % base;
      buffer = Math.floor(buffer / base);
      bits -= width;
    }
  }
}

/** Levels of the deprecated encoding of that name, from the highest bit of the first byte on; returns how many bytes they take. */
export function readBitPacked(bytes: Uint8Array, width: number, out: Uint8Array): number {
  const needed = Math.ceil((out.length * width) / 8);
  if (needed > bytes.length) throw new RangeError('packed numbers that end early');
  for (let i = 0, bit = 0; i < out.length; i++) {
    let value = 0;
    for (let j = 0; j < width; j++, bit++) value = 2 * value + ((bytes[bit >> 3]! >> (7 - (bit & 7))) & 1);
    out[i] = value;
  }
  return needed;
}
