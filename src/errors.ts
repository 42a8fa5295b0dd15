// The classes of errors, and messages that several modules give.
/**
 * Anything that MegaMix itself refuses or fails at. The message names the thing, what came, what was expected, what to do; it is one
 * line of what a terminal can show, whatever is quoted in it.
 */
export class MegaMixError extends Error {
  override name = 'MegaMixError';

  constructor(message: string, options?: ErrorOptions) {
    super(inOneLine(message), options);
  }
}

const LONGEST_MESSAGE = 600;
const SHOWN_END = 200;

/** Controls of terminals, ends of lines, what changes the direction of text, and halves of characters. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for
const UNPRINTABLE = /[\u0000-\u001f\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]|\p{Cs}/gu;

/** A text without anything that would change how the rest is shown; of a very long one its beginning and end. */
export function inOneLine(text: string): string {
  return shortened(shortened(text).replace(UNPRINTABLE, escaped));
}

const shortened = (text: string): string =>
  text.length > LONGEST_MESSAGE ? `${text.slice(0, LONGEST_MESSAGE - SHOWN_END)} … ${text.slice(-SHOWN_END)}` : text;

const SHORT_ESCAPES: Readonly<Record<string, string>> = { '\t': '\\t', '\n': '\\n', '\r': '\\r' };

function escaped(character: string): string {
  const code = character.charCodeAt(0);
  const digits = code < 256 ? 2 : 4;
  return SHORT_ESCAPES[character] ?? `\\${digits === 2 ? 'x' : 'u'}${code.toString(16).padStart(digits, '0')}`;
}

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
  EDQUOT: 'the quota of the disk is used up',
  EFBIG: 'the file is larger than is allowed',
  EMFILE: 'too many files are open (ulimit -n)',
  ENFILE: 'too many files are open in the whole system',
  ENAMETOOLONG: 'the name is too long',
  ELOOP: 'it is a symbolic link that leads to itself',
  ENXIO: 'nothing is at its other end: is it a socket, or a device that is gone?',
  ENODEV: 'there is no such device',
  EOPNOTSUPP: 'it is nothing that can be opened',
  EIO: 'the device reports an error',
  EBUSY: 'it is in use',
  ETXTBSY: 'it is a program that runs',
  ENOMEM: 'the system has no memory left',
  EPIPE: 'its reader has gone away',
  ECONNRESET: 'the connection was broken off',
  ETIMEDOUT: 'it does not answer',
  ESTALE: 'it is gone from the server',
  EINVAL: 'it cannot be read or written in this way',
  ERR_INVALID_ARG_VALUE: 'the name has a character that no file name has',
};

/** What went wrong with a file or a stream, in words; undefined if it is no such failure. */
export function reasonOf(error: unknown): string | undefined {
  const { code, syscall } = (error ?? {}) as NodeJS.ErrnoException;
  if (typeof code !== 'string') return undefined;
  return REASONS[code] ?? (syscall === undefined ? undefined : code);
}

/** A failure of the file system in one line; what is already explained stays as it is. */
export function fileError(error: unknown, path: string, done: 'read' | 'written'): unknown {
  const reason = error instanceof MegaMixError ? undefined : reasonOf(error);
  return reason === undefined ? error : new DataError(`${path} cannot be ${done}: ${reason}`);
}
