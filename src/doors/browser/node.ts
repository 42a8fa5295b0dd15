// Stands in for the modules of Node.js in megamix/core: works in memory; the rest throws where it is used.
import { SettingError } from '../../errors.ts';

/** Stands for a function or class of Node.js that megamix/core can do without. */
export const absent = (name: string) =>
  function Absent(): never {
    throw new SettingError(
      'not-offered',
      `megamix/core has no ${name}: files, streams of Node.js and threads need the whole package, under Node.js; give rows in memory`,
    );
  };

/** One: there are no worker threads. */
export const availableParallelism = (): number => 1;

/** Lets the event loop have its turn. */
export const setImmediate = (): Promise<void> => new Promise((resolve) => void setTimeout(resolve, 0));

/** There is none: checksums are computed in JavaScript. */
export const crc32 = undefined;

/** A value in a message. */
export function inspect(value: unknown): string {
  if (value === null || typeof value !== 'object') return String(value);
  if (ArrayBuffer.isView(value)) return nameOf(value);
  return JSON.stringify(value) ?? nameOf(value);
}

export const isAnyArrayBuffer = (value: unknown): boolean => /^(Shared)?ArrayBuffer$/.test(nameOf(value));

/** Tells typed arrays, of any realm, by their names. */
export const types = {
  isTypedArray: (value: unknown): boolean => ArrayBuffer.isView(value) && nameOf(value) !== 'DataView',
  isUint8Array: (value: unknown): boolean => nameOf(value) === 'Uint8Array',
  isFloat32Array: (value: unknown): boolean => nameOf(value) === 'Float32Array',
  isFloat64Array: (value: unknown): boolean => nameOf(value) === 'Float64Array',
  isBigInt64Array: (value: unknown): boolean => nameOf(value) === 'BigInt64Array',
  isBigUint64Array: (value: unknown): boolean => nameOf(value) === 'BigUint64Array',
};

const nameOf = (value: unknown): string => Object.prototype.toString.call(value).slice(8, -1);
