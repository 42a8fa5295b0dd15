// Checks the links of a folder of HTML pages: files and anchors.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';

/** Names anchors as GitHub does. @returns {(heading: string) => string} */
export function slugger() {
  /** @type {Map<string, number>} */
  const seen = new Map();
  return (heading) => {
    const slug = heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, '')
      .trim()
      .replaceAll(' ', '-');
    const count = seen.get(slug) ?? 0;
    seen.set(slug, count + 1);
    return count === 0 ? slug : `${slug}-${count}`;
  };
}

/** Links within a folder that lead nowhere. @param {string} folder @returns {string[]} */
export function brokenLinks(folder) {
  const pages = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.html'));
  /** @type {Map<string, string>} */
  const texts = new Map(pages.map((page) => [join(folder, page), readFileSync(join(folder, page), 'utf8')]));
  /** @type {string[]} */
  const broken = [];
  for (const [page, text] of texts) {
    for (const [, href = ''] of text.matchAll(/(?:href|src)="([^"]*)"/g)) {
      if (/^\w+:/.test(href)) continue;
      const [file, anchor] = href.split('#');
      const target = file ? join(dirname(page), file) : page;
      const hasAnchor = !anchor || texts.get(target)?.includes(`id="${anchor}"`) === true;
      if (!existsSync(target) || !hasAnchor) broken.push(`${relative(folder, page)} → ${href}`);
    }
  }
  return broken;
}
