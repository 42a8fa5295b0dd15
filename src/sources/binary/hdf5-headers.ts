// Object headers of HDF5: which bits of a number are used.
import { readSync } from 'node:fs';

/** Messages of object headers, by their numbers. */
const [DATATYPE, EXTERNAL_FILES, CONTINUATION] = [0x03, 0x07, 0x10];
const SHARED = 0x02;
const COMMITTED = 2;
const MOST_BLOCKS = 64;
const LONGEST_BLOCK = 1 << 20;

/** Properties of a dataset that h5wasm does not report. */
export interface StoredType {
  /** Its type as the file describes it; undefined where that is in a place of its own. */
  readonly datatype: DataView | undefined;
  readonly isExternal: boolean;
}

/**
 * Reads the header of an object, for its type: the library's own description leaves out what bits of a number are used. Source: HDF5 File Format
 * Specification 3.0, sections II.A and IV.A.
 *
 * @throws RangeError where it is no header.
 */
export function readStoredType(file: number, superblock: number, address: number): StoredType {
  const read = (at: number, length: number): DataView => {
    if (length > LONGEST_BLOCK) throw new RangeError('a header that is too long');
    const bytes = Buffer.alloc(length);
    readSync(file, bytes, 0, length, at);
    return new DataView(bytes.buffer, bytes.byteOffset, length);
  };
  const start = read(superblock, 16);
  const [offsetBytes, lengthBytes] =
    start.getUint8(8) < 2 ? [start.getUint8(13), start.getUint8(14)] : [start.getUint8(9), start.getUint8(10)];
  const number = (view: DataView, at: number, bytes: number): number => {
    let value = 0;
    for (let i = bytes - 1; i >= 0; i--) value = 256 * value + view.getUint8(at + i);
    return value;
  };
  const at = superblock + address;
  const head = read(at, 64);
  const isNew = head.getUint32(0) === 0x4f484452; // OHDR
  const flags = isNew ? head.getUint8(5) : 0;
  const before = 6 + (flags & 0x20 ? 16 : 0) + (flags & 0x10 ? 4 : 0);
  const sizeBytes = 2 ** (flags & 3);
  const blocks = isNew
    ? [{ at: at + before + sizeBytes, length: number(head, before, sizeBytes) }]
    : [{ at: at + 16, length: head.getUint32(8, true) }];
  const headerBytes = isNew ? (flags & 4 ? 6 : 4) : 8;
  let datatype: DataView | undefined;
  let isExternal = false;
  for (let i = 0; i < blocks.length && i < MOST_BLOCKS; i++) {
    const block = read(blocks[i]!.at, blocks[i]!.length);
    for (let place = 0; place + headerBytes <= block.byteLength; ) {
      const type = isNew ? block.getUint8(place) : block.getUint16(place, true);
      const length = block.getUint16(place + (isNew ? 1 : 2), true);
      const isShared = (block.getUint8(place + (isNew ? 3 : 4)) & SHARED) !== 0;
      const body = place + headerBytes;
      place = body + length;
      if (place > block.byteLength) break;
      if (type === EXTERNAL_FILES) isExternal = true;
      if (type === DATATYPE && !isShared) datatype = new DataView(block.buffer, block.byteOffset + body, length);
      if (type === DATATYPE && isShared) {
        const [version, kind] = [block.getUint8(body), block.getUint8(body + 1)];
        const isCommitted = version < 3 || kind === COMMITTED;
        const other = number(block, body + (version === 1 ? 8 : 2), offsetBytes);
        if (isCommitted && other !== address) ({ datatype } = readStoredType(file, superblock, other));
      }
      if (type === CONTINUATION) {
        const from = superblock + number(block, body, offsetBytes);
        const bytes = number(block, body + offsetBytes, lengthBytes);
        blocks.push(isNew ? { at: from + 4, length: bytes - 8 } : { at: from, length: bytes });
      }
    }
  }
  return { datatype, isExternal };
}
