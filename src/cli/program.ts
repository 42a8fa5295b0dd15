// The program: its commands, exit codes, errors in one line.
import { Command, CommanderError } from 'commander';
import { inOneLine, MegaMixError, messageOf, reasonOf, SettingError } from '../errors.ts';
import { packageVersion } from '../util/version.ts';
import { addCommands } from './commands.ts';
import { shellText, shellWarning } from './error-text.ts';
import { FAILED, INTERRUPTED, WRONG_USAGE } from './exit-codes.ts';
import { endInterrupted, interrupted } from './signals.ts';

const EXAMPLES = `
Examples:
  megamix fit speech.npy --model dpgmm --components 100 --held-out-fraction 0.1 -o model.h5
  megamix score model.h5 test.npy
  megamix predict model.h5 test.npy -o labels.npy
  megamix fit --help`;

// A reader that goes away, as in `| head`, is no failure: there is nobody left to write for.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0);
  process.stderr.write(`megamix: standard output cannot be written: ${reasonOf(error) ?? error.code}\n`);
  process.exit(FAILED);
});
process.stderr.on('error', () => process.exit(FAILED));
process.removeAllListeners('warning');
process.on('warning', ({ message }) => process.stderr.write(`warning: ${inOneLine(shellWarning(message))}\n`));

const program = new Command('megamix')
  .description('Fit mixture models to data that do not fit in memory.')
  .version(packageVersion())
  .showHelpAfterError('(megamix COMMAND --help shows what there is, with examples)')
  .addHelpText('after', EXAMPLES)
  .exitOverride()
  .configureOutput({ writeErr: (text) => process.stderr.write(text) });
await addCommands(program, process.argv.slice(2), interrupted);

try {
  interrupted.throwIfAborted();
  await program.parseAsync();
} catch (error) {
  process.exitCode = await explain(error);
}
// Pending reads of a pipe that nobody writes to, or closes, must not keep the process.
if (interrupted.aborted && process.exitCode) endInterrupted();
if (interrupted.aborted || process.exitCode) process.exit();

/** Says what went wrong in a line or two, and returns the exit code. */
async function explain(error: unknown): Promise<number> {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : WRONG_USAGE;
  if ((error as NodeJS.ErrnoException).code === 'EPIPE') return 0;
  if (interrupted.aborted) {
    const running = program.commands.find((command) => command.name() === program.args[0]);
    const { output = '-' } = running?.opts() ?? {};
    const untouched = output === '-' ? '' : '; nothing was written';
    process.stderr.write(`megamix: interrupted${untouched}\n`);
    return INTERRUPTED;
  }
  process.stderr.write(`megamix: ${await explained(error)}\n`);
  return error instanceof SettingError ? WRONG_USAGE : FAILED;
}

/** Message of an error: of a system error, file and reason; of an unexpected one, that it is. */
function explained(error: unknown): string {
  if (error instanceof MegaMixError) {
    const options = program.commands.flatMap((command) => command.options);
    return shellText(error, new Set(options.flatMap(({ long }) => long ?? [])));
  }
  const reason = reasonOf(error);
  const { path } = error as NodeJS.ErrnoException;
  return inOneLine(
    reason === undefined
      ? `unexpected: ${messageOf(error)}`
      : `${path ?? 'a file or stream'} cannot be used: ${reason}`,
  );
}
