// npm run speech: more speech to try things on, about 55 minutes of English and Spanish prompts as WAV files in .cache/speech/{en,es}.
// They are Debian packages: recordings by Allison Smith, CC BY-SA 3.0, as those in data/ (data/ATTRIBUTION.md). Needs apt-get,
// as Debian and Ubuntu have it, and no root.
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

const PACKAGES = { en: 'asterisk-core-sounds-en-wav', es: 'asterisk-core-sounds-es-wav' };
const cache = fileURLToPath(new URL('../.cache/', import.meta.url));

mkdirSync(join(cache, 'speech'), { recursive: true });
for (const [language, name] of Object.entries(PACKAGES)) fetchLanguage(language, name);

function fetchLanguage(language, name) {
  const target = join(cache, 'speech', language);
  const work = mkdtempSync(join(cache, 'speech-'));
  try {
    run('apt-get', ['download', name], work);
    run('dpkg-deb', ['-x', readdirSync(work).find((file) => file.endsWith('.deb')), 'package'], work);
    const sounds = readdirSync(join(work, 'package'), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && entry.name.endsWith('.wav'))
      .map((entry) => join(entry.parentPath, entry.name))
      .filter((path) => !path.includes(`${sep}silence${sep}`));
    const ready = join(work, 'ready');
    mkdirSync(ready);
    for (const path of sounds) cpSync(path, join(ready, nameOf(relative(join(work, 'package'), path))));
    rmSync(target, { recursive: true, force: true });
    renameSync(ready, target);
    console.log(`${sounds.length} recordings in ${relative(process.cwd(), target)}`);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

/** usr/share/asterisk/sounds/en_US_f_Allison/digits/1.wav becomes digits-1.wav. */
function nameOf(path) {
  return path.split(sep).slice(5).join('-');
}

function run(command, args, cwd) {
  const { status, error, stderr } = spawnSync(command, args, { cwd, encoding: 'utf8' });
  if (status === 0) return;
  const why =
    error?.code === 'ENOENT'
      ? `there is no ${command} here: it comes with Debian and Ubuntu. data/wav has some of the recordings.`
      : `${command} ${args.join(' ')} failed: ${stderr.trim().split('\n').at(-1)} (does apt-get update help?)`;
  console.error(`speech cannot be fetched: ${why}`);
  process.exit(1);
}
