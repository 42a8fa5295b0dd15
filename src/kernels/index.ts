import type { Pass } from '../pass.ts';
import { JavaScriptKernel } from './javascript.ts';
import type { Precision } from './precision.ts';
import type { Kernel } from './type.ts';
import { WasmKernel } from './wasm.ts';

/** A way to compute the E-step, and for which passes it can be used. */
interface KernelRow {
  can(pass: Pass): boolean;
  make(pass: Pass, precision: Precision): Kernel;
}

/** The kernels; what one cannot do, the one before it does. */
const kernels = {
  js: { can: () => true, make: (pass) => new JavaScriptKernel(pass) },
  wasm: { can: WasmKernel.can, make: (pass, precision) => new WasmKernel(pass, precision) },
} satisfies Record<string, KernelRow>;

/** js or wasm. */
export type KernelName = keyof typeof kernels;

/** Which kernel computes, in which precision. */
export interface Computing {
  readonly kernel: KernelName;
  readonly precision: Precision;
}

export const DEFAULT_COMPUTING: Computing = { kernel: 'wasm', precision: 'f64' };

/** A kernel for a pass. */
export function kernelFor(pass: Pass, { kernel, precision }: Computing = DEFAULT_COMPUTING): Kernel {
  const row: KernelRow = kernels[kernel];
  return row.can(pass) ? row.make(pass, precision) : kernels.js.make(pass);
}
