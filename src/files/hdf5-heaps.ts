// Checks the heaps of an HDF5 file before the library reads strings from them.
import { readSync } from 'node:fs';

const MARK = Buffer.from('GCOL\x01\0\0\0', 'latin1');
const HEADER_BYTES = 16;
const PIECE_BYTES = 1 << 22;
/** A collection is 4 KiB, unless what it holds is longer. */
const LONGEST_COLLECTION = 1 << 24;

/**
 * Whether strings of attributes can be looked for in a file: they are in collections of objects one after another, and the library goes through
 * one for ever that has an object of no length. Source: HDF5 File Format Specification 3.0, section III.E.
 */
export function areHeapsWhole(file: number): boolean {
  const piece = Buffer.alloc(PIECE_BYTES + MARK.length);
  for (let start = 0, read = piece.length; read === piece.length; start += PIECE_BYTES) {
    read = readSync(file, piece, 0, piece.length, start);
    const bytes = piece.subarray(0, read);
    for (let at = bytes.indexOf(MARK); at >= 0; at = bytes.indexOf(MARK, at + 1)) {
      if (!isCollectionWhole(file, start + at)) return false;
    }
  }
  return true;
}

function isCollectionWhole(file: number, start: number): boolean {
  const header = Buffer.alloc(HEADER_BYTES);
  readSync(file, header, 0, HEADER_BYTES, start);
  const size = Number(header.readBigUInt64LE(8));
  if (size < HEADER_BYTES || size > LONGEST_COLLECTION) return false;
  const bytes = Buffer.alloc(size);
  if (readSync(file, bytes, 0, size, start) < size) return false;
  for (let at = HEADER_BYTES; at + HEADER_BYTES <= size; ) {
    const isFree = bytes.readUInt16LE(at) === 0;
    const length = Number(bytes.readBigUInt64LE(at + 8));
    const next = at + (isFree ? length : HEADER_BYTES + 8 * Math.ceil(length / 8));
    if (next < at + HEADER_BYTES || next > size) return false;
    at = next;
  }
  return true;
}
