// Writes docs/commands.md, the reference of commands, from the help that each of them prints.
import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';

const root = join(import.meta.dirname, '..', '..');
const path = join(root, 'docs', 'commands.md');

const INTRODUCTION = `# Commands

Each section is what \`megamix COMMAND --help\` prints. [Scoring](scoring.md#exit-codes) lists the exit codes, [Data formats](data.md)
what \`DATA\` can be. This page is generated: \`npm run generate\`.
`;

/** What a command prints as its help. @param {string[]} command */
const help = async (...command) => {
  const main = join(root, 'dist', 'cli', 'main.js');
  const { stdout } = await promisify(execFile)(process.execPath, [main, ...command, '--help'], { encoding: 'utf8' });
  return stdout.trim();
};

/** The names of the commands, as the help of the program lists them. @param {string} overview */
function namesIn(overview) {
  const listed = overview.split('Commands:\n')[1]?.split('\n\n')[0] ?? '';
  return [...listed.matchAll(/^ {2}(\w+) \[options\]/gm)].map(([, name]) => /** @type {string} */ (name));
}

/** The page as it is to be. */
export async function commandReference() {
  const overview = await help();
  const helps = namesIn(overview).map(async (name) => `## megamix ${name}\n\n\`\`\`text\n${await help(name)}\n\`\`\``);
  const sections = await Promise.all(helps);
  return [INTRODUCTION, `\`\`\`text\n${overview}\n\`\`\``, ...sections]
    .join('\n\n')
    .replace('\n\n\n', '\n\n')
    .concat('\n');
}

if (process.argv[1] === import.meta.filename) writeFileSync(path, await commandReference());
