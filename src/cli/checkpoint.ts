// Flags of checkpoints, and what is said of them.
import { resolve } from 'node:path';
import type { Command } from 'commander';
import { inOneLine, SettingError } from '../errors.ts';
import { Checkpoint } from '../fitting/checkpoint/checkpoint.ts';
import { type Resumption, USUAL_PERIOD } from '../fitting/checkpoint/options.ts';
import { iterationCount } from './text.ts';

/** Flags of commands that write checkpoints. */
export interface CheckpointFlags {
  readonly checkpoint?: string;
  readonly checkpointEvery?: string;
  readonly resume?: boolean;
}

export function addCheckpointOptions(command: Command): Command {
  return command
    .option(
      '--checkpoint <file>',
      'keep the state of the fit in this file, to resume it after it was interrupted or killed',
    )
    .option('--checkpoint-every <period>', `how often: 30s, 5000000rows, 2iterations (default: ${USUAL_PERIOD})`)
    .option('--resume', 'resume from the checkpoint, if there is one: the same command again gives the same model');
}

/** The checkpoint that flags ask for, if they do; what it resumes is said on standard error. */
export async function checkpointOf({
  checkpoint,
  checkpointEvery,
  resume,
  output,
  quiet,
}: CheckpointFlags & { readonly output: string; readonly quiet?: boolean }): Promise<Checkpoint | undefined> {
  const alone = checkpoint === undefined && (resume ? 'resume' : checkpointEvery && 'checkpointEvery');
  if (alone)
    throw new SettingError('missing-setting', `${alone}: says something of a checkpoint: give --checkpoint FILE`, {
      setting: alone,
    });
  if (checkpoint === undefined) return undefined;
  if (resolve(checkpoint) === resolve(output)) {
    throw new SettingError('setting-conflict', 'checkpoint: received the name of the output: choose another file', {
      setting: 'checkpoint',
    });
  }
  const onResume = (resumption: Resumption): void => {
    if (resume && !quiet) process.stderr.write(beginning(checkpoint, resumption));
  };
  return Checkpoint.open({ file: checkpoint, every: checkpointEvery, resume, onResume });
}

/** Where a fit that may be resumed begins. */
function beginning(file: string, { iterations, written, fault, isFinished }: Resumption): string {
  if (iterations === undefined) return `megamix: there is no checkpoint ${file} yet: the fit begins\n`;
  const after = `${isFinished ? 'finished' : 'resumed'} after ${iterationCount(iterations)}`;
  const when = written!.toISOString().replace('T', ' ').slice(0, 19);
  const older = fault === undefined ? '' : `; it is the older one, as ${inOneLine(fault)}`;
  return `megamix: ${after}, from the checkpoint ${file} of ${when} UTC${older}\n`;
}

/** The line that ends an interrupted fit. */
export const howToGoOn = ({ file, isThere }: Checkpoint): string =>
  isThere
    ? `megamix: interrupted; to go on: the same command with --resume (the checkpoint is ${file})\n`
    : 'megamix: interrupted; the input was not read to its end, so there is no checkpoint yet\n';
