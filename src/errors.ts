/** Anything that MegaMix itself refuses or fails at. The message names the thing, what came, what was expected, what to do. */
export class MegaMixError extends Error {
  override name = 'MegaMixError';

  constructor(message?: string, options?: ErrorOptions) {
    super(message?.replace(CONTROL, escaped), options);
  }
}

/** What could move the cursor of a terminal, or begin a line: names of files and columns may hold it. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const CONTROL = /[\u0000-\u001f\u007f-\u009f\u2028\u2029]/g;

const escaped = (character: string): string =>
  JSON.stringify(character)
    .slice(1, -1)
    .replace(CONTROL, (raw) => `\\u${raw.charCodeAt(0).toString(16).padStart(4, '0')}`);

/** A setting out of range or in a wrong combination: wrong usage. */
export class SettingError extends MegaMixError {
  override name = 'SettingError';
}

/** Data, or a file, that cannot be used as it is. */
export class DataError extends MegaMixError {
  override name = 'DataError';
}

/** A fit that cannot go on, such as a singular covariance. */
export class FitError extends MegaMixError {
  override name = 'FitError';
}

/** The message of whatever was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** What is wrong with rows of another width than a model's. */
export function wrongWidth(name: string, columns: number, dimensions: number): DataError {
  return new DataError(`${name} has ${columns} columns, but the model has ${dimensions} dimensions`);
}

/** What is wrong with weights that leave no row. */
export function weightless(name: string): DataError {
  return new DataError(`${name}: all its rows have weight 0: there is nothing to learn from`);
}

/** What is wrong with numbers whose squares overflow. */
export function tooLarge(name: string): FitError {
  return new FitError(`${name}: some of its numbers are too large to be squared: scale the data down`);
}

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file or directory',
  ENOTDIR: 'there is no such directory',
  EISDIR: 'it is a directory',
  EACCES: 'permission denied',
  EPERM: 'permission denied',
  EROFS: 'the file system is read-only',
  ENOSPC: 'the disk is full',
};

/** A failure of the file system in one line; what is already explained stays as it is. */
export function fileError(error: unknown, path: string, done: 'read' | 'written'): unknown {
  const code = (error as NodeJS.ErrnoException).code;
  if (error instanceof MegaMixError || typeof code !== 'string' || !code.startsWith('E')) return error;
  return new DataError(`${path} cannot be ${done}: ${REASONS[code] ?? code}`);
}
