// Errors as messages between threads, with their codes and fields.
import { DataError, FileError, FitError, MegaMixError, messageOf, SettingError } from '../errors.ts';

/** An error without what cannot be sent. */
export interface SentError {
  readonly message: string;
  /** The class of an error of MegaMix's own. */
  readonly name: string | undefined;
  /** The code of one of MegaMix's own, or of the system's, and all else that it says of itself. */
  readonly fields: Readonly<Record<string, unknown>>;
  readonly cause: SentError | undefined;
}

const classes = { DataError, SettingError, FitError, FileError };

/** Fields that Node gives to errors of the system. */
const SYSTEM_FIELDS = ['code', 'errno', 'syscall', 'path'];

/** An error as it can be sent to another thread. */
export function sent(error: unknown): SentError {
  const { cause } = (error ?? {}) as { cause?: unknown };
  const isOurs = error instanceof MegaMixError;
  const own = Object.entries(error ?? {}).filter(([key, value]) =>
    isOurs ? key !== 'name' : SYSTEM_FIELDS.includes(key) && typeof value !== 'object',
  );
  return {
    message: messageOf(error),
    name: isOurs ? error.name : undefined,
    fields: Object.fromEntries(own),
    cause: cause === undefined ? undefined : sent(cause),
  };
}

/** The error as it was thrown in the other thread. */
export function revived({ message, name, fields, cause }: SentError): Error {
  const causes = cause && { cause: revived(cause) };
  const Class = classes[name as keyof typeof classes];
  return Class
    ? new Class(fields.code as never, message, { ...fields, ...causes })
    : Object.assign(new Error(message, causes), fields);
}
