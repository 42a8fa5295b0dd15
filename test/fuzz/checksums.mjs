import { gunzipSync } from 'node:zlib';

/**
 * Where the bytes are that a checksum stands for, as [first, end): damage there, and nowhere else, gives the original numbers or an error.
 *
 * @callback Finder
 * @param {Buffer} bytes
 * @param {() => Promise<Numbers>} original
 * @returns {Promise<[number, number][]>}
 *
 * @typedef {{ readonly data: Float64Array, readonly dimensions: number }} Numbers
 */

/** @type {Finder} */
const everything = async (bytes) => [[0, bytes.length]];

/** HTK's is that of the data behind the header. @type {Finder} */
const behindHeader = async (bytes) => [[12, bytes.length]];

/** Members of gzip in a file of something else. @type {Finder} */
const members = async (bytes) => {
  /** @type {[number, number][]} */
  const ranges = [];
  for (let at = bytes.indexOf(MAGIC); at >= 0; at = bytes.indexOf(MAGIC, at + 1)) {
    try {
      const { engine } = /** @type {any} */ (gunzipSync(bytes.subarray(at), { info: true }));
      ranges.push([at, at + engine.bytesWritten]);
    } catch {
      // bytes that only look like the beginning of a member
    }
  }
  return ranges;
};
const MAGIC = Buffer.of(0x1f, 0x8b, 8);

/** Numbers that are stored as they are read, as doubles, in rows or in columns. @type {Finder} */
const numbers = async (bytes, original) => {
  const { data, dimensions } = await original();
  const columns = Array.from({ length: dimensions }, (_, j) => data.filter((_, i) => i % dimensions === j));
  return [data, ...columns].flatMap((run) => {
    const wanted = Buffer.from(run.buffer, run.byteOffset, run.byteLength);
    const at = bytes.indexOf(wanted);
    return at < 0 ? [] : [/** @type {[number, number]} */ ([at, at + wanted.length])];
  });
};

/** Which files carry checksums, by their names. */
const CHECKSUMS = /** @type {const} */ ([
  [/\.(gz|zst|npz)$/, everything],
  [/^growing\.h5$/, everything],
  // Not its checksum: that of zeros is 0, so that a run of zeros over both is right.
  [/^fletcher32\.h5$/, numbers],
  [/-gzip\.parquet$/, members],
  [/^checked\.parquet$/, numbers],
  [/_k\.(htk|mfc)$/, behindHeader],
  [/^model-.*\.h5$/, numbers],
]);

/** @param {string} name @returns {Finder | undefined} */
export const protectedBy = (name) => CHECKSUMS.find(([pattern]) => pattern.test(name))?.[1];
