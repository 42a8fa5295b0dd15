// CRC-32 checksums.
import * as zlib from 'node:zlib';

/** Not in Node before 20.15. */
const builtIn: typeof zlib.crc32 | undefined = zlib.crc32;

const table = Uint32Array.from({ length: 256 }, (_, byte) => {
  let value = byte;
  for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1;
  return value;
});

/** The checksum of zip, gzip and Parquet's pages; of bytes that follow on others, whose checksum is given. */
export function crc32(bytes: Uint8Array, before = 0): number {
  if (builtIn) return builtIn(bytes, before);
  let value = ~before;
  for (const byte of bytes) value = (value >>> 8) ^ table[(value ^ byte) & 255]!;
  return ~value >>> 0;
}
