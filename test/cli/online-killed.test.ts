import type { ChildProcess } from 'node:child_process';
import { existsSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { basename } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { OnlineFit } from '../../src/fitting/online/online-fit.ts';
import { MixtureModel } from '../../src/inference/model.ts';
import { temporaryDirectory } from '../helpers/files.ts';
import { gap } from '../helpers/parameters.ts';
import { blobs } from '../helpers/random.ts';
import { finish, megamix, start } from './run.ts';

// Processes that are killed at any moment, and started again by the same command line.
const path = temporaryDirectory();
const ROWS = 20_000;
const CENTRES = [
  [0, 0],
  [6, 6],
  [-6, 5],
];
const csv = path('data.csv');
const values = blobs(ROWS, CENTRES, 3);
writeFileSync(csv, Array.from({ length: ROWS }, (_, n) => `${values[2 * n]},${values[2 * n + 1]}\n`).join(''));

const KILLS = 6;

/** Waits until a process is writing a file anew, or has done so a few times; it may end before. */
async function untilSaved(child: ChildProcess, output: string, times: number): Promise<void> {
  const modified = (): number => statSync(output, { throwIfNoEntry: false })?.mtimeMs ?? 0;
  const isWriting = (): boolean =>
    readdirSync(path('.')).some(
      (name) =>
        name.startsWith(`${basename(output)}.`) && (statSync(path(name), { throwIfNoEntry: false })?.size ?? 0) > 0,
    );
  let before = modified();
  for (let left = times; left > 0 && child.exitCode === null; await setTimeout(1)) {
    if (modified() > before) left--;
    before = modified();
  }
  while (times === 0 && child.exitCode === null && !isWriting()) await setTimeout(1);
}

test.each([
  ['gmm', '1windows'],
  ['dpgmm', '20ms'],
] as const)(
  'a %s that is saved every %s goes on to the bit, however often it is killed',

  async (model, every) => {
    const flags = ['--model', model, '--components', '3', '--window', '64', '--warm-up', '200', '--save-every', every];
    const output = path(`${model}.h5`);
    const command = ['online', csv, ...flags, '--resume', '--skip-rows', 'resume', '--threads', '1', '-o', output];
    const killed: { rows: number; hasModel: boolean }[] = [];
    for (let kill = 0; kill < KILLS; kill++) {
      const child = start(command);
      const outcome = finish(child);
      await untilSaved(child, output, kill % 2 === 0 ? 1 + (kill % 4) : 0);
      await setTimeout(kill); // somewhere in a saving, or after it
      child.kill('SIGKILL');
      const { code, stderr } = await outcome;
      expect([code, stderr.includes('error')]).toEqual([code === 0 ? 0 : null, false]);
      if (!existsSync(output)) continue;
      const online = await OnlineFit.resume(output);
      killed.push({ rows: online.rows, hasModel: online.model !== undefined });
      if (online.model && online.rows < ROWS) expect(gap(await MixtureModel.load(output), online.model)).toBe(0);
      online.destroy();
    }
    if (every === '1windows') expect(killed.map((each) => each.hasModel)).toContain(false);
    expect(killed.map((each) => each.hasModel)).toContain(true);
    const rows = killed.map((each) => each.rows);
    expect(rows).toEqual([...rows].sort((a, b) => a - b)); // nothing is lost again
    expect(new Set(rows).size).toBeGreaterThan(1);
    const last = await megamix([...command, '--save-every', '60s']);
    expect(last.code).toBe(0);
    const whole = path(`${model}-whole.h5`);
    expect((await megamix(['online', csv, ...flags.slice(0, -2), '-o', whole])).code).toBe(0);
    expect(gap(await MixtureModel.load(output), await MixtureModel.load(whole))).toBe(0);
    expect(readdirSync(path('.')).filter((name) => name.startsWith(`${model}.h5.`))).toEqual([]);
  },
);
