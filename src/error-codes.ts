// The table of error codes: the class of each, what it means, and what to do.

/** A row of the table. */
interface ErrorCodeEntry {
  /** The class of errors with the code. */
  readonly error: 'DataError' | 'SettingError' | 'FitError' | 'FileError';
  readonly meaning: string;
  readonly remedy: string;
}

/** Every code that an error of MegaMix may have. */
export const errorCodes = {
  'bad-cell': {
    error: 'DataError',
    meaning: 'A cell (or a sample of sound) is no number, or not a finite one.',
    remedy: "Repair or remove the row, or set `onInvalid: 'skip'`; `'missing'` where NaN stands for a missing number.",
  },
  'missing-numbers': {
    error: 'DataError',
    meaning: 'All numbers of a row, or of a column, are missing.',
    remedy: 'Remove the row, or leave out the column.',
  },
  'bad-weights': {
    error: 'DataError',
    meaning: 'A row weight is no finite number ≥ 0, all are 0, or their number is not that of the rows.',
    remedy: 'Give one number ≥ 0 for each row, not all of them 0.',
  },
  'ragged-row': {
    error: 'DataError',
    meaning: 'A row has more or fewer columns than the first row of its source.',
    remedy: 'Repair the row, choose `columns`, or check the delimiter.',
  },
  'wrong-width': {
    error: 'DataError',
    meaning: 'Data have another number of columns than the model, or than the data they come with.',
    remedy: 'Give the columns that the model was fitted to, in their order; choose them by `columns`.',
  },
  'unknown-column': {
    error: 'DataError',
    meaning: 'A chosen column is not there, is there several times, or is chosen twice.',
    remedy: 'Choose each column once, by a name that is unique, or by its number from 1.',
  },
  'column-type': {
    error: 'DataError',
    meaning: 'A column is of a type that has no numbers, such as text or dates.',
    remedy: 'Choose columns of numbers by `columns`, or convert it.',
  },
  'not-rows': {
    error: 'DataError',
    meaning: 'What was given is no data: a wrong type of value, or a row that is none.',
    remedy: 'Give a path, rows, bytes with a `format`, or a stream; await promises first.',
  },
  empty: {
    error: 'DataError',
    meaning: 'There are no rows, or too few samples of sound for a frame.',
    remedy: 'Give at least one row; leave out files that are empty.',
  },
  'wrong-format': {
    error: 'DataError',
    meaning: 'A file or stream is not of the format that its name, or the option `format`, says.',
    remedy: 'Name the right `format`, or convert it.',
  },
  damaged: {
    error: 'DataError',
    meaning: 'A file contradicts itself: a wrong checksum, a header that cannot be, numbers that cannot be decoded.',
    remedy: 'Write or copy the file again.',
  },
  truncated: {
    error: 'DataError',
    meaning: 'A file is shorter than its header says.',
    remedy: 'Write or copy the file again.',
  },
  unsupported: {
    error: 'DataError',
    meaning:
      'A file is whole, but uses something that is not read: a codec, encryption, an encoding of text, a newer version.',
    remedy: 'Write it in another way; the message says which.',
  },
  'command-failed': {
    error: 'DataError',
    meaning: 'A command of a list of recordings could not be started, or did not end well.',
    remedy:
      'Run the command by itself, from the same directory, and mend it; the message has the last line that it said.',
  },
  'wrong-shape': {
    error: 'DataError',
    meaning: 'An array or a dataset is not rows × columns of numbers.',
    remedy: 'Reshape it to two dimensions.',
  },
  'too-large': {
    error: 'DataError',
    meaning: 'One piece of a file (a line, a row group, a batch) is larger than what is held in memory at a time.',
    remedy: 'Write the file in smaller pieces; the message says how.',
  },
  'no-direction': {
    error: 'DataError',
    meaning: 'All numbers of a row are 0, or some are missing, where only the direction of rows counts.',
    remedy: "Remove the row, fit with `onInvalid: 'skip'`, or use the Euclidean distance.",
  },
  'too-large-numbers': {
    error: 'DataError',
    meaning: 'Numbers are so large that their squares overflow.',
    remedy: 'Scale the data down.',
  },
  'needs-file': {
    error: 'DataError',
    meaning: 'The format cannot be read from a pipe, a stream or a compressed file.',
    remedy: 'Give the path of a plain file.',
  },
  'unknown-dataset': {
    error: 'DataError',
    meaning: 'A file holds no such dataset, array or group, or several of which none was named.',
    remedy: 'Name one after the path, as in `file.h5:/name`; the message lists them.',
  },
  'needs-setting': {
    error: 'DataError',
    meaning: 'The data, or a model file, can be read in several ways, and do not say in which.',
    remedy: 'Set the option that the field `setting` names.',
  },
  'source-changed': {
    error: 'DataError',
    meaning: 'A source gave other rows than in the pass before.',
    remedy: 'Leave the data as they are until the fit has ended.',
  },
  'source-used': {
    error: 'DataError',
    meaning: 'A source that can be read only once was read before, or was closed.',
    remedy: 'Open the data again.',
  },
  mismatch: {
    error: 'DataError',
    meaning:
      'Data or a model do not belong to what they are used with: another sample rate, front end, or kind of model.',
    remedy: 'Make both in the same way; the message says what differs.',
  },
  'bad-model': {
    error: 'DataError',
    meaning: 'A model file lacks something, or has values that no model has.',
    remedy: 'Write the model again.',
  },
  'bad-parameters': {
    error: 'DataError',
    meaning: 'Parameters that were given to begin with have the wrong shape or values.',
    remedy: 'Give them in the shape that the message says; covariances must be symmetric and positive definite.',
  },
  'unwritable-rows': {
    error: 'DataError',
    meaning: 'Rows do not fit into the output format: too many, too wide, two of one key, numbers too large.',
    remedy: 'Choose another format, or split the data.',
  },
  'bad-setting': {
    error: 'SettingError',
    meaning: 'A setting, option or argument has a value of a wrong type or out of range.',
    remedy: 'Give what the message expects.',
  },
  'missing-setting': {
    error: 'SettingError',
    meaning: 'A setting is needed and was not given.',
    remedy: 'Give it.',
  },
  'unknown-setting': {
    error: 'SettingError',
    meaning: 'There is no setting, option or value of the name; or this model has no such setting.',
    remedy: 'Check the spelling; the message lists the names there are.',
  },
  'setting-conflict': {
    error: 'SettingError',
    meaning: 'A setting contradicts another one, the data, or the model that is continued.',
    remedy: 'Leave it out, or change the other.',
  },
  'not-offered': {
    error: 'SettingError',
    meaning: 'The kind of model does not have what was asked for, such as densities of a kmeans.',
    remedy: 'Use another kind of model.',
  },
  'kernel-unavailable': {
    error: 'SettingError',
    meaning: 'The kernel that was asked for cannot compute here.',
    remedy: "Install what the message names, or use `kernel: 'auto'`.",
  },
  singular: {
    error: 'FitError',
    meaning: 'A covariance is singular: too few different rows in a component, or columns that depend on each other.',
    remedy: 'Raise `regCovar`, use fewer components, or leave out the columns that the message names.',
  },
  overflow: {
    error: 'FitError',
    meaning: 'Numbers of the fit are too large or too small to compute with.',
    remedy: 'Scale the data, or choose a prior of their scale.',
  },
  'worker-failed': {
    error: 'FitError',
    meaning: 'A thread that computes failed or was ended; `cause` says why.',
    remedy: 'Try again, with fewer threads if memory is short; otherwise report it.',
  },
  'stream-closed': {
    error: 'FitError',
    meaning: 'The stream of an online fit was ended or destroyed; nothing can be added to it.',
    remedy: 'Start a new online fit, or continue a saved one.',
  },
  'no-model-yet': {
    error: 'FitError',
    meaning: 'An online fit has had too few different rows for a model.',
    remedy: 'Add rows first.',
  },
  'file-not-found': {
    error: 'FileError',
    meaning: 'There is no such file or directory, or no file matches a pattern.',
    remedy: 'Check the path.',
  },
  'no-permission': {
    error: 'FileError',
    meaning: 'The process may not read or write the file, or the file system is read-only.',
    remedy: 'Change the permissions, or use another path.',
  },
  'not-a-file': {
    error: 'FileError',
    meaning: 'The path is of a directory, a socket or a broken link, or no path at all.',
    remedy: 'Give the path of a regular file.',
  },
  'disk-full': {
    error: 'FileError',
    meaning: 'The disk, a quota or the largest size of a file is used up.',
    remedy: 'Free some space, or use another disk.',
  },
  'file-busy': {
    error: 'FileError',
    meaning: 'The file is in use, or too many files are open, or the system has no memory left.',
    remedy: 'Try again later.',
  },
  'file-occupied': {
    error: 'FileError',
    meaning: 'The output file holds something else that must not be overwritten.',
    remedy: 'Choose another `group`, or another file.',
  },
  'io-failed': {
    error: 'FileError',
    meaning: 'Reading or writing failed: a device, a connection or a stream reports an error; `cause` has it.',
    remedy: 'Try again; check the device or the connection.',
  },
} as const satisfies Readonly<Record<string, ErrorCodeEntry>>;

type CodeOf<Class extends ErrorCodeEntry['error']> = {
  [Code in keyof typeof errorCodes]: (typeof errorCodes)[Code]['error'] extends Class ? Code : never;
}[keyof typeof errorCodes];

/** The code of any error of MegaMix: stable from version to version, unlike messages. */
export type ErrorCode = keyof typeof errorCodes;
/** The codes of errors in data, and in files that are there: a server answers 422. */
export type DataErrorCode = CodeOf<'DataError'>;
/** The codes of wrong usage: a server answers 400. */
export type SettingErrorCode = CodeOf<'SettingError'>;
/** The codes of fits that cannot continue. */
export type FitErrorCode = CodeOf<'FitError'>;
/** The codes of faults of disks, paths and connections: a server answers 500. */
export type FileErrorCode = CodeOf<'FileError'>;
