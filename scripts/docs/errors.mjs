// Pages of docs/ that are made of tables of the source (npm run generate).
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Where the page of error codes is. */
export const errorsPath = join(import.meta.dirname, '..', '..', 'docs', 'errors.md');

/** What each class is, and what a server makes of it. */
const classes = /** @type {const} */ ({
  DataError: [
    'Data, or a file that is there, cannot be used as they are. A server answers 422.',
    'Fields: `source` (the name of the file or stream), `row` and `column`, each undefined where it is not known. Rows count from 1, and a header is no row; a column is its name where it has one, else its number from 1. Of sound, `row` is the sample; of matrices of Kaldi as text, the row of the utterance. `setting` is the option that resolves the error, if there is one.',
  ],
  SettingError: [
    'An option, a setting or an argument is wrong. A server answers 400, or 500 if it chose the settings itself.',
    'Field: `setting`, its name as it is written in code, such as `components`; undefined where a method was called that the kind of model does not have.',
  ],
  FitError: [
    'Data and settings are right by themselves, but the fit cannot continue. A server answers 422 (500 for `worker-failed`).',
    'Field: `setting`, the setting that may help, where there is one.',
  ],
  FileError: [
    'A path, a disk or a connection fails, whatever the data are. A server answers 500.',
    'Fields: `path` (the file, or the name of the stream), `systemCode` (as the system calls it, such as `ENOSPC`) and `cause`, the error of Node. An input file that is not there is a `FileError` too: paths are named by the program, not by whoever sends data. Errors that a stream of your own throws come as they are.',
  ],
});

/**
 * The page of error codes.
 *
 * @param {Readonly<Record<string, { readonly error: string, readonly meaning: string, readonly remedy: string }>>} codes
 */
export function errorsPage(codes) {
  const sections = Object.entries(classes).map(([name, [what, fields]]) => {
    const own = Object.entries(codes).filter(([, { error }]) => error === name);
    const lines = own.map(([code, { meaning, remedy }]) => `| \`${code}\` | ${meaning} | ${remedy} |`);
    return [`## ${name}`, '', what, '', fields, '', '| code | meaning | remedy |', '| --- | --- | --- |', ...lines];
  });
  return `${[INTRODUCTION, ...sections.map((lines) => lines.join('\n'))].join('\n\n')}\n`;
}

const INTRODUCTION = `# Errors

<!-- made by npm run generate from src/error-codes.ts -->

Whatever MegaMix refuses or fails at is a \`MegaMixError\` of one of four classes. Each error has a \`code\`, which stays the same from
version to version, and a \`message\` for people, which may change: it names the thing, what came, what was expected, and what to do.
\`cause\` is the error that led to it, if there was one. \`JSON.stringify(error)\` gives name, code, message and fields.

\`\`\`js
import { DataError, FitError, SettingError } from 'megamix';

function statusOf(error) {
  if (error instanceof DataError || error instanceof FitError) return 422; // error.code; error.source, error.row, error.column
  if (error instanceof SettingError) return 400; // error.code, error.setting
  return 500; // a FileError has error.path and error.systemCode
}
\`\`\`

The command line says the same in one line on standard error, with flags for options. It ends with 2 after a \`SettingError\`, and with
1 after any other.`;

if (process.argv[1] === import.meta.filename) {
  const { errorCodes } = await import('../../dist/error-codes.js');
  writeFileSync(errorsPath, errorsPage(errorCodes));
}
