// npm run docs: README, docs/ and the API reference as one static site in site/, with every link checked.
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join, posix, relative } from 'node:path';
import { Marked } from 'marked';
import { publicApi } from './api.mjs';
import { apiPages } from './api-pages.mjs';
import { brokenLinks, slugger } from './links.mjs';

const root = join(import.meta.dirname, '..', '..');
const site = join(root, 'site');

/** The pages in the order of the menu; others are reached by links. */
const menu = [
  ['README.md', 'Start'],
  ['docs/data.md', 'Data formats'],
  ['docs/sound.md', 'Sound'],
  ['docs/models.md', 'Models and priors'],
  ['docs/stopping.md', 'Starting and stopping'],
  ['docs/streams.md', 'Fewer passes, endless streams'],
  ['docs/scoring.md', 'Scoring and adaptation'],
  ['docs/speed.md', 'Speed'],
  ['docs/memory.md', 'Memory'],
  ['docs/reliability.md', 'Reliability'],
  ['docs/model-file.md', 'The model file'],
  ['docs/entry-points.md', 'Entry points, browsers'],
  ['docs/coming-from.md', 'Coming from …'],
  ['docs/settings.md', 'Settings'],
  ['docs/errors.md', 'Errors'],
  ['docs/commands.md', 'Commands'],
  ['api/index.md', 'API reference'],
  ['CHANGELOG.md', 'Changes'],
  ['CONTRIBUTING.md', 'Contributing'],
  ['ARCHITECTURE.md', 'Architecture'],
];

/** Where a Markdown file is in the site. @param {string} path */
const toHtml = (path) => path.replace(/(^|\/)README\.md$/, '$1index.html').replace(/\.md$/, '.html');

const generated = apiPages(publicApi());
const waiting = [...menu.map(([path]) => path), ...generated.keys()];
/** @type {Set<string>} */
const done = new Set();

rmSync(site, { recursive: true, force: true });
mkdirSync(site);
cpSync(join(import.meta.dirname, 'style.css'), join(site, 'style.css'));
while (waiting.length > 0) {
  const path = waiting.shift();
  if (done.has(path)) continue;
  done.add(path);
  publish(path);
}
const broken = brokenLinks(site);
for (const link of broken) console.error(`broken link: ${link}`);
if (broken.length > 0) process.exitCode = 1;
else
  console.log(
    `site/: ${done.size} files, every link leads somewhere. Open ${relative(process.cwd(), join(site, 'index.html'))}`,
  );

/** @param {string} path */
function publish(path) {
  const target = join(site, toHtml(path));
  mkdirSync(dirname(target), { recursive: true });
  if (!generated.has(path) && statSync(join(root, path)).isDirectory())
    write(`${path}/index.html`, list(path), `${path}/index.md`);
  else if (path.endsWith('.md'))
    write(toHtml(path), generated.get(path) ?? readFileSync(join(root, path), 'utf8'), path);
  else cpSync(join(root, path), target);
}

/** A page that lists the files of a folder. @param {string} folder */
function list(folder) {
  const files = readdirSync(join(root, folder));
  return `# ${folder}\n\n${files.map((file) => `- [${file}](${file})`).join('\n')}\n`;
}

/** @param {string} target @param {string} markdown @param {string} path */
function write(target, markdown, path) {
  const title = /^# (.*)/m.exec(markdown)?.[1]?.replaceAll('`', '') ?? path;
  mkdirSync(dirname(join(site, target)), { recursive: true });
  writeFileSync(join(site, target), frame(title, render(markdown, path), target));
}

/** Markdown as HTML, with anchors as GitHub names them; what it links to is published as well. @param {string} markdown @param {string} path */
function render(markdown, path) {
  const slug = slugger();
  const marked = new Marked({
    renderer: {
      heading({ tokens, depth, text }) {
        return `<h${depth} id="${slug(text)}">${this.parser.parseInline(tokens)}</h${depth}>\n`;
      },
      link({ href, tokens }) {
        return `<a href="${follow(href, path)}">${this.parser.parseInline(tokens)}</a>`;
      },
      image({ href, text }) {
        return `<img src="${follow(href, path)}" alt="${text}">`;
      },
    },
  });
  return marked.parse(markdown);
}

/** Where a link of a page leads in the site. @param {string} href @param {string} path */
function follow(href, path) {
  if (/^\w+:|^#/.test(href)) return href;
  const [file = '', anchor] = href.split('#');
  const target = posix.normalize(posix.join(posix.dirname(path), file)).replace(/\/$/, '');
  const isFolder =
    !generated.has(target) && existsSync(join(root, target)) && statSync(join(root, target)).isDirectory();
  if (generated.has(target) || existsSync(join(root, target))) waiting.push(target);
  const shown = isFolder ? `${target}/index.html` : toHtml(target);
  const own = posix.dirname(toHtml(path));
  return posix.relative(own, shown) + (anchor === undefined ? '' : `#${anchor}`);
}

/** @param {string} title @param {string} body @param {string} target */
function frame(title, body, target) {
  const up = posix.relative(posix.dirname(target), '.') || '.';
  const links = menu.map(([path, name]) => {
    const isHere = toHtml(path) === target;
    return `<a href="${up}/${toHtml(path)}"${isHere ? ' aria-current="page"' : ''}>${name}</a>`;
  });
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>${title} – MegaMix</title>
<link rel="stylesheet" href="${up}/style.css">
</head>
<body>
<nav>${links.join('\n')}</nav>
<main>
${body}
</main>
</body>
</html>
`;
}
