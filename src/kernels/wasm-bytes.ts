// The bytes of the WebAssembly module; in megamix/core they are in the code itself.
import { readFileSync } from 'node:fs';
import { built } from '../util/built.ts';

export const wasmBytes = (): Uint8Array<ArrayBuffer> => readFileSync(built('kernels/kernels.wasm'));
