// A model as a JSON object.
import { DataError, messageOf } from '../../errors.ts';
import type { ShapedValues } from '../../files/hdf5.ts';
import { crc32 } from '../../sources/compression/crc32.ts';
import { printable, shown } from '../../util/shown.ts';
import { FORMAT_VERSION } from '../model-checks.ts';
import { attributesOf, datasetsOf, type ModelState, stateOf } from '../model-contents.ts';

/** A number, or arrays of arrays of them; what JSON cannot say of numbers is a text: '-0' and '-Infinity'. */
export type JsonNumbers = number | '-0' | '-Infinity' | readonly JsonNumbers[];

/**
 * A model as JSON: the datasets and attributes of the model file by the same names, every number such that it comes back to the bit.
 */
export interface ModelJson {
  /** Tells it from other objects. */
  readonly format: 'megamix';
  /** Version of the format. */
  readonly format_version: number;
  /** Datasets and attributes: `means`, `log_weights`, `cov`, …; docs/model-file.md lists them. */
  readonly [name: string]: unknown;
  /** CRC-32 of the object as `JSON.stringify` writes it without this member, in hexadecimal digits; checked if it is there. */
  readonly checksum?: string | undefined;
}

/** All that a model is, as members of a JSON object, but for the numbers of its arrays. */
export function headerOf(state: ModelState): ModelJson {
  const sound = state.frontEnd && { front_end: state.frontEnd };
  return { format: 'megamix', format_version: FORMAT_VERSION, ...attributesOf(state), ...sound };
}

/** A model as an object that `JSON.stringify` writes without loss. */
export function toJson(state: ModelState): ModelJson {
  const arrays = Array.from(datasetsOf(state), ([key, values]) => [key, nested(values)] as const);
  const json = { ...headerOf(state), ...Object.fromEntries(arrays) };
  return { ...json, checksum: checksumOf(json) };
}

const ATTRIBUTES: ReadonlySet<string> = new Set(['format', 'format_version', 'model', 'iter', 'reg_covar', 'discount']);
const TEXTS: ReadonlySet<string> = new Set(['covariance_type', 'distance', 'front_end', 'checksum']);
const ARRAYS: ReadonlySet<string> = new Set([
  ...['means', 'log_weights', 'cov', 'counts', 'alpha', 'beta', 'nu'],
  ...['initial parameters', 'means prior', 'inv prec prior', 'criterion', 'heldout_criterion'],
]);

/**
 * The model that a JSON object, or its text, holds.
 *
 * @throws DataError where it holds none, or is damaged.
 */
export function fromJson(json: unknown, name: string): ModelState {
  const object = typeof json === 'string' ? parsed(json, name) : json;
  checkHeader(object, name);
  const { checksum, ...rest } = object;
  if (checksum !== undefined && checksum !== checksumOf(rest)) {
    throw new DataError(
      'damaged',
      `${name}: what it holds does not match its checksum: it is damaged; or leave out "checksum" if it was changed on purpose`,
      { source: name },
    );
  }
  const datasets = new Map<string, ShapedValues>();
  for (const [key, value] of Object.entries(rest)) {
    if (!ARRAYS.has(key)) continue;
    const values = flat(value, `${name}: '${key}'`, name);
    if (values.data.length > 0) datasets.set(key, values);
  }
  return stateOf({ datasets, attributes: attributesIn(object) }, name, {});
}

/** Attributes as model files have them. */
export const attributesIn = ({ front_end: frontEnd, ...rest }: ModelJson): Record<string, unknown> => ({
  ...Object.fromEntries(Object.entries(rest).filter(([key]) => ATTRIBUTES.has(key) || TEXTS.has(key))),
  ...(frontEnd !== undefined && { front_end: JSON.stringify(frontEnd) }),
});

/** Checks that this is of the format, and has no member that is not known: it would be lost. */
export function checkHeader(
  object: unknown,
  name: string,
  others: ReadonlySet<string> = ARRAYS,
): asserts object is ModelJson {
  const isObject = typeof object === 'object' && object !== null && !Array.isArray(object);
  const format = isObject ? (object as Partial<ModelJson>).format : undefined;
  if (format !== 'megamix') {
    const found = isObject ? `an object whose "format" is ${shown(format)}` : shown(object);
    throw new DataError(
      'wrong-format',
      `${name}: received ${found}, expected the JSON of a model, "format": "megamix"`,
      {
        source: name,
      },
    );
  }
  const unknown = Object.keys(object as object).find(
    (key) => !ATTRIBUTES.has(key) && !TEXTS.has(key) && !others.has(key),
  );
  if (unknown !== undefined) {
    throw new DataError(
      'bad-model',
      `${name} has a member "${printable(unknown)}", which is not known here: leave it out, or update megamix`,
      { source: name },
    );
  }
}

export function parsed(text: string, name: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new DataError('damaged', `${name} cannot be read as JSON: ${messageOf(error)}`, {
      source: name,
      cause: error,
    });
  }
}

const checksumOf = (json: object): string =>
  crc32(new TextEncoder().encode(JSON.stringify(json)))
    .toString(16)
    .padStart(8, '0');

function nested({ data, shape }: ShapedValues): JsonNumbers {
  if (shape.length === 0) return spelled(data[0]!);
  const [length, ...inner] = shape as [number, ...number[]];
  const size = data.length / length;
  return Array.from({ length }, (_, i) => nested({ data: data.subarray(i * size, (i + 1) * size), shape: inner }));
}

function spelled(value: number): JsonNumbers {
  if (Object.is(value, -0)) return '-0';
  return value === Number.NEGATIVE_INFINITY ? '-Infinity' : value;
}

/** No array of a model has more dimensions. */
const MOST_DIMENSIONS = 3;

/** Numbers of nested arrays, and their shape. */
function flat(value: unknown, title: string, source: string): ShapedValues {
  const shape: number[] = [];
  for (let first = value; Array.isArray(first) && shape.length <= MOST_DIMENSIONS; first = first[0])
    shape.push(first.length);
  const numbers: number[] = [];
  const add = (part: unknown, depth: number): void => {
    const isWhole = depth === shape.length ? !Array.isArray(part) : Array.isArray(part) && part.length === shape[depth];
    if (!isWhole || shape.length > MOST_DIMENSIONS) {
      throw new DataError('bad-model', `${title}: its arrays are of different lengths, or too many in each other`, {
        source,
      });
    }
    if (Array.isArray(part)) for (const inner of part) add(inner, depth + 1);
    else numbers.push(numberOf(part, title, source));
  };
  add(value, 0);
  return { data: Float64Array.from(numbers), shape };
}

function numberOf(value: unknown, title: string, source: string): number {
  if (typeof value === 'number') return value;
  if (value === '-0' || value === '-Infinity') return Number(value);
  throw new DataError('bad-model', `${title} holds ${shown(value)}, expected a number (or "-0", "-Infinity")`, {
    source,
  });
}
