import { MegaMixError } from 'megamix';

/** How long anything may take, in milliseconds: until there are rows, or an error, or the end after the signal to end. */
export const SLOW = 1000;
/** A message is a line, at most two. */
const MOST_CHARACTERS = 700;

/**
 * Faults by what they are; hang, abort and memory are found by the process that watches.
 *
 * @typedef {'hang' | 'abort' | 'memory' | 'class' | 'message' | 'numbers' | 'checksum' | 'slow' | 'signal' | 'handles' | 'unhandled' | 'printed'} Kind
 * @typedef {{ kind: Kind, detail: string }} Fault
 * @typedef {{ outcome: 'read' | 'refused' | 'partly', faults: Fault[] }} Verdict
 *
 * @typedef {typeof import('./reader.mjs').read} Read
 */

/** Words that are of the inside of a library, never of a format. */
const INSIDE = [
  ...[
    'is not a function',
    'is not iterable',
    'is not defined',
    'undefined',
    'Cannot read',
    'Cannot convert',
    'Cannot mix',
    'null (reading',
  ],
  ...[
    'Invalid typed array',
    'Invalid array',
    'NaN bytes',
    'thrift',
    '/__w/',
    'libhdf5',
    'out of range',
    'out of bounds',
  ],
  ...[
    'Maximum call stack',
    'Array buffer allocation',
    'memory access',
    'unreachable',
    'RuntimeError',
    'RangeError',
    'TypeError',
  ],
  ...[
    'ERR_',
    'node:',
    'node_modules',
    'Z_DATA',
    'Z_BUF',
    '[object',
    'unexpected:',
    'parquet unsupported',
    'parquet unknown',
  ],
];
/** A function of HDF5's library; the bytes of a file may say "H5" too. */
const HDF5_FUNCTION = /\bH5[A-Z]{1,2}_{0,2}[a-z]{2}/;
const STACK = /\n\s+at |\(\S+\.[mc]?[jt]s:\d+:\d+\)/;

/**
 * What is wrong with an error, if anything is.
 *
 * @param {unknown} error
 * @param {string} path Of the file, which is no part of the judgement.
 * @returns {Fault | undefined}
 */
export function faultOf(error, path) {
  const text = error instanceof Error ? error.message : String(error);
  const message = text.replaceAll(path, 'FILE');
  if (!(error instanceof MegaMixError)) {
    const name = error instanceof Error ? error.constructor.name : typeof error;
    return { kind: 'class', detail: `${name}: ${message}` };
  }
  const lines = message.split('\n');
  const word = INSIDE.find((inside) => message.includes(inside)) ?? HDF5_FUNCTION.exec(message)?.[0];
  if (lines.length > 2) return { kind: 'message', detail: `${lines.length} lines: ${message}` };
  if (message.length > MOST_CHARACTERS) return { kind: 'message', detail: `${message.length} characters: ${message}` };
  if (/[\p{Cc}\u2028\u2029]/u.test(lines.join('')))
    return { kind: 'message', detail: `control characters: ${message}` };
  if (message.trim() === '') return { kind: 'message', detail: 'nothing said' };
  if (STACK.test(message)) return { kind: 'message', detail: `a stack trace: ${message}` };
  return word === undefined ? undefined : { kind: 'message', detail: `"${word}": ${message}` };
}

/**
 * Reads a file, and judges how that ends.
 *
 * @param {Read} read
 * @param {string} path
 * @param {string} format
 * @param {import('./checksums.mjs').Numbers} [original] What it must give, if anything.
 * @returns {Promise<Verdict>}
 */
export async function judge(read, path, format, original) {
  /** @type {Fault[]} */
  const faults = [];
  const ending = new AbortController();
  const timer = setTimeout(() => ending.abort(new Error('enough')), SLOW);
  const start = performance.now();
  let [last, longest, count, given, isSame] = [start, 0, 0, 0, true];
  const lap = () => {
    const now = performance.now();
    longest = Math.max(longest, now - last);
    last = now;
  };
  /** @type {Verdict['outcome']} */
  let outcome = 'read';
  try {
    for await (const { data } of read(path, format, ending.signal)) {
      lap();
      const wrong = data.findIndex((value) => !Number.isFinite(value));
      if (wrong >= 0 && faults.length === 0) faults.push({ kind: 'numbers', detail: `${data[wrong]} was given` });
      const isModel = format === 'model' && count > 0;
      if (original && !isModel) isSame &&= data.every((value, i) => value === original.data[given + i]);
      if (!isModel) given += data.length;
      count++;
      if (last - start <= 2 * SLOW) continue;
      faults.push({ kind: 'signal', detail: 'rows go on a second after the signal to end' });
      outcome = 'partly';
      break;
    }
    isSame &&= given === (original?.data.length ?? given);
  } catch (error) {
    outcome = ending.signal.aborted && error === ending.signal.reason ? 'partly' : 'refused';
    const fault = outcome === 'partly' ? undefined : faultOf(error, path);
    if (fault) faults.push(fault);
  } finally {
    clearTimeout(timer);
  }
  lap();
  if (longest > SLOW)
    faults.push({ kind: 'slow', detail: `${outcome} after more than a second without rows or an end` });
  if (original && outcome === 'read' && !isSame)
    faults.push({ kind: 'checksum', detail: 'numbers changed under a checksum' });
  return { outcome, faults };
}
