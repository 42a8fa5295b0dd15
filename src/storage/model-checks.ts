import { createHash } from 'node:crypto';
import { DataError, messageOf } from '../errors.ts';
import { covarianceOf, type Mixture } from '../mixture.ts';
import { type FrontEnd, type FrontEndSettings, frontEndAt, layoutOf } from '../speech/front-end.ts';
import type { Values } from './h5.ts';

/** Newer files may hold what this version does not understand. */
export const FORMAT_VERSION = 1;

/** SHA-256 over the datasets in the order of their names. */
export function checksum(datasets: ReadonlyMap<string, Values>): string {
  const hash = createHash('sha256');
  for (const key of [...datasets.keys()].sort()) {
    const { data } = datasets.get(key)!;
    hash.update(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
  }
  return hash.digest('hex');
}

/** What every number of a dataset must be, beside finite. */
const ranges: Readonly<Record<string, readonly [holds: (value: number) => boolean, expected: string]>> = {
  log_weights: [(value) => value <= 1e-9, 'logarithms of weights, at most 0'],
  counts: [(value) => value >= 0, 'counts, at least 0'],
  alpha: [(value) => value > 0, 'numbers > 0'],
  beta: [(value) => value > 0, 'numbers > 0'],
  nu: [(value) => value > 0, 'numbers > 0'],
  'initial parameters': [(value) => value > 0, 'α₀, β₀, ν₀ > 0'],
};

/** Rows of data, whose numbers may be missing. */
const ROWS = 'online rows';

/** Numbers that no model can have, whatever the file says of itself. */
export function checkNumbers(
  datasets: ReadonlyMap<string, Values>,
  attributes: Readonly<Record<string, unknown>>,
  name: string,
): void {
  const { format_version: version = 0, iter = 0, reg_covar: regCovar = 0 } = attributes;
  if (Number(version) > FORMAT_VERSION) {
    throw new DataError(`${name} is of format version ${version}, newer than this megamix knows: update it`);
  }
  for (const [key, { data }] of datasets) {
    const [holds, expected] = ranges[key] ?? [() => true, 'finite numbers'];
    if (key === ROWS) continue;
    const bad = data.find((value) => !Number.isFinite(value) || !holds(value));
    if (bad !== undefined)
      throw new DataError(`${name}: '${key}' holds ${bad}, expected ${expected}: the file is damaged`);
  }
  if (!Number.isSafeInteger(Number(iter)) || Number(iter) < 0)
    throw new DataError(`${name}: iter is ${iter}, expected a whole number ≥ 0`);
  if (typeof regCovar !== 'number' || !(regCovar >= 0))
    throw new DataError(`${name}: reg_covar is ${regCovar}, expected a number ≥ 0`);
}

/** Compares with what the file says, if it does. */
export function checkChecksum(datasets: ReadonlyMap<string, Values>, stored: unknown, name: string): void {
  if (typeof stored === 'string' && stored !== checksum(datasets)) {
    throw new DataError(`${name} is damaged: its numbers do not match their checksum`);
  }
}

/** A prior must be one: positive definite, with enough degrees of freedom. */
export function checkPrior(mixture: Mixture): void {
  const { componentPrior: prior, dimensions } = mixture;
  if (!prior) return;
  const type = covarianceOf(mixture);
  const { order } = type.wishart(dimensions);
  if (!(prior.nu0 > order - 1)) throw new DataError(`ν₀ is ${prior.nu0}, expected more than ${order - 1}`);
  const { singularColumn } = type.factorise(prior.scale, dimensions, new Float64Array(prior.scale.length));
  if (singularColumn !== undefined)
    throw new DataError(`'inv prec prior' is not positive definite (column ${singularColumn + 1})`);
}

/** The front end as a file has it, checked as if somebody had just set it. */
export function parseFrontEnd(text: unknown, dimensions: number, name: string): FrontEnd | undefined {
  if (text === undefined) return undefined;
  try {
    const settings = JSON.parse(String(text)) as FrontEndSettings;
    const frontEnd = frontEndAt(settings, Number(settings.sampleRate), name);
    const columns = layoutOf(frontEnd).dimensions;
    if (columns === dimensions) return frontEnd;
    throw new DataError(`it gives ${columns} numbers, but the model has ${dimensions} dimensions`);
  } catch (error) {
    throw new DataError(`${name}: its front end cannot be used: ${messageOf(error)}`);
  }
}
