// Options of worker threads that depend on how Node was started.
/** Threads inherit the flags of the process, of which `--input-type` is only for what is given by `--eval`. */
export const inherited = (): { readonly execArgv?: string[] } =>
  process.execArgv.some((flag) => flag.startsWith('--input-type')) ? { execArgv: [] } : {};
