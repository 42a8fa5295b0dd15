/** The bytes of an .npy file: a header of one's own choice, then whatever data. */
export function npyBytes(
  { descr = "'<f8'", fortran = 'False', shape = '(2, 2)', version = 1, padding = 0 }: NpyHeader = {},
  data: ArrayBufferView = new Float64Array(4),
): Buffer {
  const dictionary = `{'descr': ${descr}, 'fortran_order': ${fortran}, 'shape': ${shape}, }${' '.repeat(padding)}\n`;
  const text = Buffer.from(dictionary, version === 3 ? 'utf8' : 'latin1');
  const length = Buffer.alloc(version === 1 ? 2 : 4);
  if (version === 1) length.writeUInt16LE(text.length);
  else length.writeUInt32LE(text.length);
  const body = Buffer.from(data.buffer, data.byteOffset, data.byteLength);
  return Buffer.concat([Buffer.from(`\x93NUMPY${String.fromCharCode(version)}\0`, 'latin1'), length, text, body]);
}

interface NpyHeader {
  descr?: string;
  fortran?: string;
  shape?: string;
  version?: number;
  padding?: number;
}
