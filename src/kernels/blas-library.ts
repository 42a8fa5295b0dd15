// Finds, loads and tests the machine's BLAS library.
import { createRequire } from 'node:module';
import { messageOf } from '../errors.ts';

/**
 * A product of matrices, column-major: C is rows × columns, `inner` is what is summed over, and each stride is the
 * distance from one column to the next.
 */
export type Multiply<Numbers extends Float64Array | Float32Array> = (
  rows: number,
  columns: number,
  inner: number,
  a: Numbers,
  strideA: number,
  b: Numbers,
  strideB: number,
  c: Numbers,
  strideC: number,
) => void;

/** Products of matrices of one type. */
export interface Products<Numbers extends Float64Array | Float32Array> {
  /** C = A B. */
  readonly multiply: Multiply<Numbers>;
  /** C += A Bᵀ. */
  readonly addTransposed: Multiply<Numbers>;
}

/** A BLAS library of the machine, on one thread. */
export interface Blas {
  readonly path: string;
  readonly doubles: Products<Float64Array>;
  readonly floats: Products<Float32Array>;
}

/** Library that was found, or why none was; `isBroken` marks one that exists but does not work. */
export type Search =
  | { readonly blas: Blas }
  | { readonly blas?: undefined; readonly reason: string; readonly isBroken: boolean };

/** Names a library to use before all others. */
export const BLAS_VARIABLE = 'MEGAMIX_BLAS';

const candidates: Readonly<Partial<Record<NodeJS.Platform, readonly string[]>>> = {
  linux: [
    'libopenblas.so.0',
    'libopenblas.so',
    'libmkl_rt.so.2',
    'libmkl_rt.so.1',
    'libmkl_rt.so',
    'libblis.so.4',
    'libblis.so',
  ],
  darwin: [
    '/System/Library/Frameworks/Accelerate.framework/Accelerate',
    '/opt/homebrew/opt/openblas/lib/libopenblas.dylib',
    '/usr/local/opt/openblas/lib/libopenblas.dylib',
  ],
  win32: ['libopenblas.dll', 'openblas.dll', 'mkl_rt.2.dll'],
};

/** Functions that set a library to one thread: each worker computes blocks of its own. */
const threadSetters = [
  'void openblas_set_num_threads(int)',
  'void MKL_Set_Num_Threads(int)',
  'void bli_thread_set_num_threads(long)',
];

const COLUMN_MAJOR = 102;
const PLAIN = 111;
const TRANSPOSED = 112;
let found: Search | undefined;

/** The first BLAS library that works, looked for once. */
export function findBlas(): Search {
  found ??= search();
  return found;
}

function search(): Search {
  const named = process.env[BLAS_VARIABLE];
  let load: (path: string) => Library;
  try {
    ({ load } = createRequire(import.meta.url)('koffi') as { load: typeof load });
  } catch {
    return { reason: 'the package koffi is not installed', isBroken: named !== undefined };
  }
  const failures: string[] = [];
  for (const path of named ? [named] : (candidates[process.platform] ?? [])) {
    let library: Library;
    try {
      library = load(path);
    } catch (error) {
      if (named) return { reason: `${path} (${BLAS_VARIABLE}) cannot be loaded: ${messageOf(error)}`, isBroken: true };
      continue;
    }
    try {
      return { blas: { path, ...tried(library) } };
    } catch (error) {
      failures.push(`${path} does not work: ${messageOf(error)}`);
    }
  }
  if (failures.length > 0) return { reason: failures.join('; '), isBroken: true };
  return { reason: 'no BLAS library was found', isBroken: false };
}

interface Library {
  func(prototype: string): (...values: unknown[]) => unknown;
}

/** The library's products of matrices, after they gave right answers. */
function tried(library: Library): Omit<Blas, 'path'> {
  for (const setter of threadSetters) {
    try {
      library.func(setter)(1);
    } catch {
      // another library's way
    }
  }
  return {
    doubles: products<Float64Array>(library, 'cblas_dgemm', 'double', Float64Array),
    floats: products<Float32Array>(library, 'cblas_sgemm', 'float', Float32Array),
  };
}

function products<Numbers extends Float64Array | Float32Array>(
  library: Library,
  name: string,
  type: string,
  Numbers: { of(...values: number[]): Numbers },
): Products<Numbers> {
  const matrix = 'const void*, int';
  const call = library.func(
    `void ${name}(int, int, int, int, int, int, ${type}, ${matrix}, ${matrix}, ${type}, void*, int)`,
  );
  const multiply: Multiply<Numbers> = (rows, columns, inner, a, strideA, b, strideB, c, strideC) => {
    call(COLUMN_MAJOR, PLAIN, PLAIN, rows, columns, inner, 1, a, strideA, b, strideB, 0, c, strideC);
  };
  const addTransposed: Multiply<Numbers> = (rows, columns, inner, a, strideA, b, strideB, c, strideC) => {
    call(COLUMN_MAJOR, PLAIN, TRANSPOSED, rows, columns, inner, 1, a, strideA, b, strideB, 1, c, strideC);
  };
  const out = Numbers.of(0, 0, 0, 0, 0, 0);
  multiply(3, 2, 2, Numbers.of(1, 2, 3, 4, 5, 6), 3, Numbers.of(7, 8, 9, 10), 2, out, 3);
  check(name, out, [39, 54, 69, 49, 68, 87]);
  addTransposed(3, 2, 2, Numbers.of(1, 2, 3, 4, 5, 6), 3, Numbers.of(7, 8, 9, 10), 2, out, 3);
  check(name, out, [82, 113, 144, 97, 134, 171]);
  return { multiply, addTransposed };
}

function check(name: string, values: Float64Array | Float32Array, expected: readonly number[]): void {
  if (expected.some((value, i) => values[i] !== value))
    throw new Error(`products by ${name} are wrong: ${values.join()}`);
}
