// Allocates runs of WebAssembly's memory.
import { wasmBytes } from './wasm-bytes.ts';

type Call = (...numbers: number[]) => number;

/** The functions of src/kernels/assembly/index.ts; those on pointers take byte offsets. */
export interface Exports {
  readonly [name: string]: Call;
}

const PAGE = 1 << 16;
const LINE = 64;
/** Larger memory is left to the garbage collector, which takes its time. */
const MOST_KEPT = 1 << 26;
let compiled: WebAssembly.Module | undefined;
const spare: Instance[] = [];

interface Instance {
  readonly memory: WebAssembly.Memory;
  readonly calls: Exports;
}

/** WebAssembly memory, handed out in runs that begin on cache lines. Instances are used again: their memory cannot be given
 * back. */
export class Memory {
  readonly calls: Exports;
  readonly #instance: Instance;
  #top = PAGE;

  constructor() {
    this.#instance = spare.pop() ?? instantiate();
    this.calls = this.#instance.calls;
  }

  /** Allocates `bytes` bytes and a cache line more, so that a vector may read past the end; returns the byte offset. */
  reserve(bytes: number): number {
    const at = this.#top;
    this.#top = Math.ceil((at + bytes) / LINE + 1) * LINE;
    return at;
  }

  /** To be called when all is reserved: views made before are no longer valid. */
  allocate(): void {
    const { memory } = this.#instance;
    const missing = Math.ceil((this.#top - memory.buffer.byteLength) / PAGE);
    if (missing > 0) memory.grow(missing);
    new Uint8Array(memory.buffer, PAGE, this.#top - PAGE).fill(0);
  }

  doubles(at: number, length: number): Float64Array {
    return new Float64Array(this.#instance.memory.buffer, at, length);
  }

  floats(at: number, length: number): Float32Array {
    return new Float32Array(this.#instance.memory.buffer, at, length);
  }

  integers(at: number, length: number): Int32Array {
    return new Int32Array(this.#instance.memory.buffer, at, length);
  }

  words(at: number, length: number): Uint16Array {
    return new Uint16Array(this.#instance.memory.buffer, at, length);
  }

  close(): void {
    if (this.#instance.memory.buffer.byteLength <= MOST_KEPT) spare.push(this.#instance);
  }
}

function instantiate(): Instance {
  compiled ??= new WebAssembly.Module(wasmBytes());
  const memory = new WebAssembly.Memory({ initial: 1 });
  const { exports } = new WebAssembly.Instance(compiled, { env: { memory } });
  return { memory, calls: exports as unknown as Exports };
}
