// Types of WebAssembly that Node's type definitions lack.
/** The used part of WebAssembly: its types come only with those of browsers, which do not belong here. */
declare namespace WebAssembly {
  class RuntimeError extends Error {}
  class Module {
    constructor(bytes: Uint8Array);
  }
  class Instance {
    readonly exports: Record<string, unknown>;
    constructor(module: Module, imports: Record<string, Record<string, unknown>>);
  }
  class Memory {
    readonly buffer: ArrayBuffer;
    constructor(size: { readonly initial: number });
    grow(pages: number): number;
  }
}
