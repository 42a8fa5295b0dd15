import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { adopt } from '../setup/watchdog.ts';

/** The built program. */
export const main: string = join(import.meta.dirname, '..', '..', 'dist', 'cli', 'main.js');

/** What a finished process left. */
export interface Outcome {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Starts the command line as its users do: a real process, which ends with its test at the latest. */
export function start(
  args: readonly string[],
  directory?: string,
  environment: Readonly<Record<string, string>> = {},
): ChildProcess {
  return startNode([main, ...args], directory, environment);
}

/** The same, with a module that is loaded before it, in each of its threads. */
export const startPreloaded = (
  module: URL,
  args: readonly string[],
  environment: Readonly<Record<string, string>>,
): ChildProcess => startNode(['--import', module.href, main, ...args], undefined, environment);

function startNode(args: readonly string[], cwd: string | undefined, environment: Readonly<Record<string, string>>) {
  const env = { ...process.env, ...environment };
  const child = spawn(process.execPath, args, { cwd, env, stdio: ['pipe', 'pipe', 'pipe'] });
  adopt(child);
  return child;
}

/** Waits for the end of a process, given its standard input (closed at once by default). */
export function finish(child: ChildProcess, input: string | Uint8Array | null = ''): Promise<Outcome> {
  const out: Buffer[] = [];
  const err: Buffer[] = [];
  child.stdout!.on('data', (bytes: Buffer) => out.push(bytes));
  child.stderr!.on('data', (bytes: Buffer) => err.push(bytes));
  child.stdin!.on('error', () => {}); // a command that fails early does not read all
  if (input !== null) child.stdin!.end(input);
  return new Promise((resolve) =>
    child.on('close', (code) =>
      resolve({ code, stdout: Buffer.concat(out).toString(), stderr: Buffer.concat(err).toString() }),
    ),
  );
}

/** Gives a process so much to read that it has begun to, when this ends: more than pipes hold. */
export function writeUntilRead(child: ChildProcess, text: string): Promise<void> {
  const PIPES = 2 ** 20;
  const enough = text.repeat(Math.ceil(PIPES / text.length));
  return new Promise((resolve) => child.stdin!.write(enough, () => resolve()));
}

/** Runs the command line to its end. */
export const megamix = (args: readonly string[], input?: string | Uint8Array, directory?: string): Promise<Outcome> =>
  finish(start(args, directory), input);
