// Runs every program in examples/; fails if one does.
import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const directory = join(dirname(fileURLToPath(import.meta.url)), '..', 'examples');
const failed = readdirSync(directory, { recursive: true })
  .map(String)
  .filter((name) => name.endsWith('.js'))
  .sort()
  .filter((name) => {
    console.log(`-- examples/${name}`);
    return (
      spawnSync(process.execPath, [join(directory, name)], { stdio: ['ignore', 'inherit', 'inherit'] }).status !== 0
    );
  });
if (failed.length > 0) console.error(`failed: ${failed.join(', ')}`);
process.exitCode = failed.length > 0 ? 1 : 0;
