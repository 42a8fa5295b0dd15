// The classes of errors, and messages that several modules give.
import type { DataErrorCode, ErrorCode, FileErrorCode, FitErrorCode, SettingErrorCode } from './error-codes.ts';

/** Fields of an error beside code and message. */
interface ErrorDetails {
  /** The error that led to this one. */
  readonly cause?: unknown;
  /** The option or setting that is wrong, or that resolves the error. */
  readonly setting?: string | undefined;
}

/** Where in the data something is wrong; what is not known is left out. */
export interface DataErrorDetails extends ErrorDetails {
  readonly source?: string | undefined;
  readonly row?: number | undefined;
  readonly column?: string | number | undefined;
}

/** Which file a fault is of. */
export interface FileErrorDetails extends ErrorDetails {
  readonly path?: string | undefined;
  /** As the cause says where it is left out. */
  readonly systemCode?: string | undefined;
}

/**
 * Anything that MegaMix itself refuses or fails at: a `DataError`, `SettingError`, `FitError` or `FileError`. The message names the
 * thing, what came, what was expected, what to do; it is one line of what a terminal can show, whatever is quoted in it.
 */
export abstract class MegaMixError extends Error {
  /** Stable code of the error; `docs/errors.md` lists them with remedies. */
  readonly code: ErrorCode;
  /** The setting or option, as it is called in code, that is wrong or that resolves the error; undefined where there is none. */
  readonly setting: string | undefined;

  constructor(code: ErrorCode, message: string, details: ErrorDetails = {}) {
    super(inOneLine(message), 'cause' in details ? { cause: details.cause } : undefined);
    this.code = code;
    this.setting = details.setting;
  }

  /** Everything but the cause and the stack, for `JSON.stringify`. */
  toJSON(): object {
    return { ...this, message: this.message };
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
  text.length > LONGEST_MESSAGE
    ? `${text.slice(0, LONGEST_MESSAGE - SHOWN_END - 3)} … ${text.slice(-SHOWN_END)}`
    : text;

const SHORT_ESCAPES: Readonly<Record<string, string>> = { '\t': '\\t', '\n': '\\n', '\r': '\\r' };

function escaped(character: string): string {
  const code = character.charCodeAt(0);
  const digits = code < 256 ? 2 : 4;
  return SHORT_ESCAPES[character] ?? `\\${digits === 2 ? 'x' : 'u'}${code.toString(16).padStart(digits, '0')}`;
}

/** A setting out of range or in a wrong combination: wrong usage. */
export class SettingError extends MegaMixError {
  override name = 'SettingError';
  /** Stable code of the error; `docs/errors.md` lists them with remedies. */
  declare readonly code: SettingErrorCode;

  constructor(code: SettingErrorCode, message: string, details?: ErrorDetails) {
    super(code, message, details);
  }
}

/** Data, or a file that is there, that cannot be used as they are. */
export class DataError extends MegaMixError {
  override name = 'DataError';
  /** Stable code of the error; `docs/errors.md` lists them with remedies. */
  declare readonly code: DataErrorCode;
  /** The name of the file or stream, as it was given. */
  readonly source: string | undefined;
  /** The row of the source, from 1 (a header is none); of sound the sample, of Kaldi's matrices as text the row of the utterance. */
  readonly row: number | undefined;
  /** The column: its name where it has one, else its number from 1. */
  readonly column: string | number | undefined;

  constructor(code: DataErrorCode, message: string, details: DataErrorDetails = {}) {
    super(code, message, details);
    this.source = details.source;
    this.row = details.row;
    this.column = details.column;
  }
}

/** A fit that cannot continue, such as one with a singular covariance. */
export class FitError extends MegaMixError {
  override name = 'FitError';
  /** Stable code of the error; `docs/errors.md` lists them with remedies. */
  declare readonly code: FitErrorCode;

  constructor(code: FitErrorCode, message: string, details?: ErrorDetails) {
    super(code, message, details);
  }
}

/** A fault of a path, a disk or a connection, not of what the data are. */
export class FileError extends MegaMixError {
  override name = 'FileError';
  /** Stable code of the error; `docs/errors.md` lists them with remedies. */
  declare readonly code: FileErrorCode;
  /** The file, or the name of the stream. */
  readonly path: string | undefined;
  /** How the system calls the fault, such as `'ENOSPC'`; undefined where none was reported. */
  readonly systemCode: string | undefined;

  constructor(code: FileErrorCode, message: string, details: FileErrorDetails = {}) {
    super(code, message, details);
    this.path = details.path;
    this.systemCode = details.systemCode ?? systemCodeOf(details.cause);
  }
}

/** The message of whatever was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** Error for rows of another width than the model's. */
export function wrongWidth(name: string, columns: number, dimensions: number): DataError {
  return new DataError('wrong-width', `${name} has ${columns} columns, but the model has ${dimensions} dimensions`, {
    source: name,
  });
}

/** Error for weights that are all 0. */
export function weightless(name: string): DataError {
  return new DataError('bad-weights', `${name}: all its rows have weight 0: there is nothing to learn from`, {
    source: name,
  });
}

const TOO_LARGE = 'some of its numbers are too large to be squared: scale the data down';

/** Error for data, or a row of them (from 1), whose squares overflow. */
export function tooLarge(name: string, row?: number): DataError {
  const place = row === undefined ? name : `${name}, row ${row}`;
  return new DataError('too-large-numbers', `${place}: ${TOO_LARGE}`, { source: name, row });
}

/** Error for a row that has no direction, where only directions count. */
export function withoutDirection(name: string, row: number): DataError {
  return new DataError(
    'no-direction',
    `${name}, row ${row}: its numbers are all 0 (or some are missing), so that it has no direction: remove the row, or use the Euclidean distance`,
    { source: name, row },
  );
}

/** Error for a pass whose sums overflow. */
export function overflowed(name: string): FitError {
  return new FitError('overflow', `${name}: ${TOO_LARGE}`);
}

/** Faults of the system, by the code that they are given here. */
const FAULTS: Readonly<Record<FileErrorCode, Readonly<Record<string, string>>>> = {
  'file-not-found': {
    ENOENT: 'there is no such file or directory',
    ENOTDIR: 'there is no such directory',
    ESTALE: 'it is gone from the server',
  },
  'no-permission': {
    EACCES: 'permission denied',
    EPERM: 'permission denied',
    EROFS: 'the file system is read-only',
  },
  'not-a-file': {
    EISDIR: 'it is a directory',
    ENAMETOOLONG: 'the name is too long',
    ELOOP: 'it is a symbolic link that leads to itself',
    ENXIO: 'nothing is at its other end: is it a socket, or a device that is gone?',
    ENODEV: 'there is no such device',
    EOPNOTSUPP: 'it is nothing that can be opened',
    ERR_INVALID_ARG_VALUE: 'the name has a character that no file name has',
  },
  'disk-full': {
    ENOSPC: 'the disk is full',
    EDQUOT: 'the quota of the disk is used up',
    EFBIG: 'the file is larger than is allowed',
  },
  'file-busy': {
    EMFILE: 'too many files are open (ulimit -n)',
    ENFILE: 'too many files are open in the whole system',
    EBUSY: 'it is in use',
    ETXTBSY: 'it is a program that runs',
    ENOMEM: 'the system has no memory left',
  },
  'file-occupied': {},
  'io-failed': {
    EIO: 'the device reports an error',
    EPIPE: 'its reader has gone away',
    ECONNRESET: 'the connection was broken off',
    ETIMEDOUT: 'it does not answer',
    EINVAL: 'it cannot be read or written in this way',
  },
};

const faultOf: ReadonlyMap<string, readonly [code: FileErrorCode, reason: string]> = new Map(
  Object.entries(FAULTS).flatMap(([code, reasons]) =>
    Object.entries(reasons).map(([systemCode, reason]) => [systemCode, [code as FileErrorCode, reason]] as const),
  ),
);

function systemCodeOf(error: unknown): string | undefined {
  const { code, syscall } = (error ?? {}) as NodeJS.ErrnoException;
  return typeof code === 'string' && (faultOf.has(code) || syscall !== undefined) ? code : undefined;
}

/** Reason of a failure of a file or stream, in words; undefined for other failures. */
export function reasonOf(error: unknown): string | undefined {
  const systemCode = systemCodeOf(error);
  return systemCode === undefined ? undefined : (faultOf.get(systemCode)?.[1] ?? systemCode);
}

/** Which code a fault of the system has. */
export function fileErrorCode(error: unknown): FileErrorCode {
  return faultOf.get(systemCodeOf(error) ?? '')?.[0] ?? 'io-failed';
}

/** A failure of the file system in one line; what is already explained stays as it is. */
export function fileError(error: unknown, path: string, done: 'read' | 'written', place = path): unknown {
  const reason = error instanceof MegaMixError ? undefined : reasonOf(error);
  if (reason === undefined) return error;
  return new FileError(fileErrorCode(error), `${place} cannot be ${done}: ${reason}`, { path, cause: error });
}
