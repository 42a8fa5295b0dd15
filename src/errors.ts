/** Anything that MegaMix itself refuses or fails at. The message names the thing, what came, what was expected, what to do. */
export class MegaMixError extends Error {
  override name = 'MegaMixError';
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
