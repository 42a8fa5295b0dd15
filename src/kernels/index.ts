// The one door to the kernels: chooses a kernel and its precision.
import { availableParallelism } from 'node:os';
import { SettingError } from '../errors.ts';
import type { Pass } from '../mixture/pass.ts';
import { checkValue, type OptionTable, oneOf, whole } from '../util/options.ts';
import { BLAS_VARIABLE, type Blas, findBlas } from './blas-library.ts';
import { DirectionKernel } from './directions.ts';
import { JavaScriptKernel } from './javascript.ts';
import type { Kernel } from './kernel.ts';
import { MissingKernel } from './missing.ts';
import { type Precision, precisions } from './precision.ts';
import { webAssemblyCan, webAssemblyKernel } from './wasm.ts';

/** A way to compute the E-step, and for which passes it can be used. */
interface KernelRow {
  /** The precisions that it computes in. */
  readonly precisions: readonly Precision[];
  can(pass: Pass): boolean;
  make(pass: Pass, precision: Precision): Kernel;
}

/** Passes that a kernel cannot compute are computed by `js`. */
const kernels = {
  blas: {
    precisions: ['f64', 'f32'],
    can: webAssemblyCan,
    make: (pass, precision) => webAssemblyKernel(pass, precision, theBlas()),
  },
  wasm: {
    precisions: ['f64', 'f32'],
    can: webAssemblyCan,
    make: (pass, precision) => webAssemblyKernel(pass, precision),
  },
  js: { precisions: ['f64'], can: () => true, make: (pass) => new JavaScriptKernel(pass) },
} satisfies Record<string, KernelRow>;

/** Compute backend: 'blas' (matrix products by the machine's library), 'wasm' (WebAssembly SIMD) or 'js'. */
export type KernelName = keyof typeof kernels;

export const kernelNames = Object.keys(kernels) as KernelName[];

/** Values of the option `kernel`: a kernel, or the fastest available. */
export const kernelChoices: readonly ('auto' | KernelName)[] = ['auto', ...kernelNames];

/** How results are computed; none of it changes what they mean. */
export interface ComputeOptions {
  /** Threads that compute; default: the number of cores; 1 starts no worker. Results are the same to the bit. */
  readonly threads?: number | undefined;
  /** Compute backend; default 'auto', the fastest available. Results differ by rounding only. */
  readonly kernel?: 'auto' | KernelName | undefined;
  /**
   * Precision of the arithmetic: 'f64' (default), or 'f32', up to twice as fast, with log densities accurate to about
   * 10⁻³. Sums over more than 1,024 rows are doubles in both.
   */
  readonly precision?: Precision | undefined;
}

/** Which kernel computes, in which precision. */
export interface Computing {
  readonly kernel: KernelName;
  readonly precision: Precision;
}

const MOST_THREADS = 1024;

/** Their allowed values. */
export const computeOptions = {
  threads: whole(1, MOST_THREADS),
  kernel: oneOf({ auto: true, ...kernels }),
  precision: oneOf(precisions),
} satisfies OptionTable<ComputeOptions>;

/**
 * Checks the options once.
 *
 * @throws SettingError that names the option, what was received and what was expected.
 */
export function checkComputing({
  threads = availableParallelism(),
  kernel = 'auto',
  precision = 'f64',
}: ComputeOptions): Computing & { readonly threads: number } {
  for (const [name, value] of Object.entries({ threads, kernel, precision })) {
    checkValue(name, value, computeOptions[name as keyof ComputeOptions]);
  }
  const chosen = kernel === 'auto' ? fastest() : kernel;
  if (chosen === 'blas') theBlas();
  const row: KernelRow = kernels[chosen];
  if (!row.precisions.includes(precision)) {
    throw new SettingError(
      'setting-conflict',
      `precision: the kernel ${chosen} computes in ${row.precisions.join(', ')} only`,
      { setting: 'precision' },
    );
  }
  return { threads, kernel: chosen, precision };
}

let isWarned = false;

/** A library that does not work is worth a warning; that there is none is nothing special. */
function fastest(): KernelName {
  const search = findBlas();
  if (search.blas) return 'blas';
  if (search.isBroken && !isWarned) process.emitWarning(`${search.reason}; computing without it`, 'BlasWarning');
  isWarned = true;
  return 'wasm';
}

function theBlas(): Blas {
  const search = findBlas();
  if (search.blas) return search.blas;
  throw new SettingError(
    'kernel-unavailable',
    `kernel: blas was asked for, but ${search.reason}: install OpenBLAS (Debian: libopenblas0) and koffi, or name a ` +
      `library in the environment variable ${BLAS_VARIABLE}`,
    { setting: 'kernel' },
  );
}

/** A kernel for a pass. */
export function kernelFor(pass: Pass, { kernel, precision }: Computing): Kernel {
  const row: KernelRow = kernels[kernel];
  const made = new MissingKernel(pass, row.can(pass) ? row.make(pass, precision) : kernels.js.make(pass));
  return pass.scorer.isOfDirections ? new DirectionKernel(made) : made;
}
