// Makes declarations that TypeScript 5.0 can read: typed arrays became generic in 5.7.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const GENERIC =
  /\b((?:Float(?:32|64)|Big(?:Int|Uint)64|U?[Ii]nt(?:8|16|32)|Uint8Clamped)Array|DataView)<ArrayBuffer(?:Like)?>/g;

/** @param {string} made where the build is */
export function forOldTypeScript(made) {
  const names = readdirSync(made, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.d.ts'));
  for (const path of names.map((name) => join(made, name))) {
    writeFileSync(path, readFileSync(path, 'utf8').replaceAll(GENERIC, '$1'));
  }
}
