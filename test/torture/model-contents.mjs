import { createHash } from 'node:crypto';
import { Dataset, File, Group, ready } from 'h5wasm/node';

/** Attributes that differ from run to run: when it was written, and a checksum over that. */
const VARYING = new Set(['time', 'seal']);

/**
 * A hash of every dataset and attribute of a model file, by its path; without the time at which it was written.
 *
 * @param {string} path
 * @returns {Promise<Map<string, string>>}
 */
export async function contentsOf(path) {
  await ready;
  const file = new File(path, 'r');
  /** @type {Map<string, string>} */
  const contents = new Map();
  try {
    add(file, '');
  } finally {
    file.close();
  }
  return contents;

  /** @param {Group | Dataset} place @param {string} name */
  function add(place, name) {
    for (const [key, { value }] of Object.entries(place.attrs)) {
      if (!VARYING.has(key)) contents.set(`${name}@${key}`, hashOf(value));
    }
    if (place instanceof Dataset) contents.set(name, `${place.shape} ${hashOf(place.value)}`);
    else for (const key of place.keys()) add(/** @type {Group | Dataset} */ (place.get(key)), `${name}/${key}`);
  }
}

/** @param {unknown} value */
function hashOf(value) {
  const bytes = ArrayBuffer.isView(value)
    ? new Uint8Array(value.buffer, value.byteOffset, value.byteLength)
    : Buffer.from(JSON.stringify(value, (_, each) => (typeof each === 'bigint' ? String(each) : each)) ?? '');
  return createHash('sha256').update(bytes).digest('hex').slice(0, 16);
}
