// URLs of files that the build makes: workers and WebAssembly.
const fromSources = import.meta.url.endsWith('.ts');

/** The URL of a file that the build makes, by its path in dist; the same when this runs from the sources, as tests do. */
export const built = (path: string): URL => new URL(fromSources ? `../../dist/${path}` : `../${path}`, import.meta.url);
