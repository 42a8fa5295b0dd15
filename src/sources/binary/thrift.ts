// Where a Thrift struct ends, so that it can be read safely (Parquet).
/** Types of Thrift's compact protocol. Those that Parquet does not use (set, map, UUID) are damage. */
const [TRUE, FALSE, BYTE, SHORT, INTEGER, LONG, DOUBLE, BINARY, LIST, STRUCT] = [1, 2, 3, 4, 5, 6, 7, 8, 9, 12];
const LONGEST_VARINT = 10;
const DEEPEST = 32;
const MOST_VALUES = 2 ** 24;

/**
 * Where a struct of Thrift's compact protocol ends. What it holds can be read safely then: hyparquet's own reader makes room for lists of
 * any length that is claimed, and reads varints of any length.
 *
 * @throws RangeError where it is no struct, or does not end within the bytes.
 */
export function endOfStruct(bytes: Uint8Array, start: number): number {
  let at = start;
  let values = 0;
  const next = (): number => {
    if (at >= bytes.length) throw new RangeError('a struct that does not end');
    return bytes[at++]!;
  };
  const varint = (): number => {
    let value = 0;
    for (let i = 0; i < LONGEST_VARINT; i++) {
      const byte = next();
      value += (byte & 0x7f) * 2 ** (7 * i);
      if (byte < 0x80) return value;
    }
    throw new RangeError('a number of more than 64 bits');
  };
  const skip = (length: number): void => {
    if (length > bytes.length - at) throw new RangeError('a value that does not end');
    at += length;
  };
  const element = (type: number, depth: number): void => {
    if (++values > MOST_VALUES || depth > DEEPEST) throw new RangeError('a struct without end');
    if (type === SHORT || type === INTEGER || type === LONG) varint();
    else if (type === BYTE) skip(1);
    else if (type === DOUBLE) skip(8);
    else if (type === BINARY) skip(varint());
    else if (type === STRUCT) struct(depth + 1);
    else if (type === LIST) list(depth + 1);
    else throw new RangeError(`a value of type ${type}`);
  };
  const list = (depth: number): void => {
    const header = next();
    const type = header & 0x0f;
    const length = header >> 4 === 15 ? varint() : header >> 4;
    if (length > bytes.length - at) throw new RangeError('a list that does not end');
    if (type === TRUE || type === FALSE) skip(length);
    else for (let i = 0; i < length; i++) element(type, depth);
  };
  const struct = (depth: number): void => {
    for (let header = next(); (header & 0x0f) !== 0; header = next()) {
      if (header >> 4 === 0) varint();
      const type = header & 0x0f;
      if (type !== TRUE && type !== FALSE) element(type, depth);
    }
  };
  struct(0);
  return at;
}
