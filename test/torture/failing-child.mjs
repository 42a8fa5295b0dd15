// @ts-nocheck: its messages are plain objects
// Runs scenarios of the library, each with every call that it makes failing once, and sends what is not right.

import { cpSync, mkdirSync, readdirSync, readFileSync, readlinkSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { arm, calls, kinds } from './failing-files.mjs'; // before anything that opens files
import { judge } from './failing-judge.mjs';
import { prepare, scenarios } from './failing-scenarios.mjs';

const CODES = { open: 'ENOSPC', write: 'ENOSPC', sync: 'EIO', rename: 'EIO', close: 'EIO' };

/** The files of a folder, by name. */
const contents = (folder) =>
  new Map(readdirSync(folder, { withFileTypes: true }).map(({ name }) => [name, readFileSync(join(folder, name))]));

/** What is open besides pipes and the like, by name. */
const handles = () =>
  readdirSync('/proc/self/fd').flatMap((file) => {
    try {
      const target = readlinkSync(`/proc/self/fd/${file}`);
      return target.startsWith('/') && !target.startsWith('/proc') ? [target] : [];
    } catch {
      return [];
    }
  });

/** The numbers from 1 to `count`, or so many of them. */
const spread = (count, most) => {
  const step = Math.max(1, count / most);
  return Array.from({ length: Math.min(count, most) }, (_, index) => Math.ceil((index + 1) * step));
};

process.on('message', async ({ name, directory, most }) => {
  const [template, out, spools] = ['template', 'out', 'spools'].map((each) => join(directory, name, each));
  process.env.TMPDIR = spools;
  for (const folder of [template, spools]) mkdirSync(folder, { recursive: true });
  const scenario = scenarios[name];
  arm();
  await prepare(template, scenario.before);
  const renew = () => {
    rmSync(out, { recursive: true, force: true });
    cpSync(template, out, { recursive: true });
  };
  renew();
  await scenario.run(out); // what runs once only, such as the loading of a library, is done
  renew();
  arm();
  await scenario.run(out);
  const made = calls();
  const [before, after] = [contents(template), contents(out)];
  let tried = 0;
  const faults = [];
  for (const kind of kinds) {
    for (const isLasting of [false, true]) {
      if (made[kind] === 0) continue;
      for (const n of isLasting ? [1, made[kind]] : spread(made[kind], most)) {
        renew();
        const open = new Set(handles());
        arm(kind, n, CODES[kind], isLasting);
        const error = await scenario.run(out).then(
          () => undefined,
          (thrown) => thrown ?? new Error('nothing was thrown'),
        );
        arm();
        tried++;
        const left = [...readdirSync(spools), ...handles().filter((file) => !open.has(file))];
        const found = judge({ error, before, after, now: contents(out), left, out, spools });
        for (const fault of await found) faults.push(`${kind} ${n}${isLasting ? '+' : ''} of ${made[kind]}: ${fault}`);
      }
    }
  }
  process.send({ made, tried, faults });
});
process.send('ready');
