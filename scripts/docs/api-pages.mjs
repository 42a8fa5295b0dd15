// The API reference as Markdown: a page per export, and one that lists them.

/**
 * @typedef {import('./api.mjs').Entry} Entry
 * @typedef {import('./api.mjs').Doc} Doc
 */

const sections = /** @type {const} */ ([
  ['class', 'Classes'],
  ['function', 'Functions'],
  ['interface', 'Options, settings and results'],
  ['type', 'Types'],
]);

/** Pages by their paths in the site. @param {readonly Entry[]} api @returns {Map<string, string>} */
export function apiPages(api) {
  const names = new Set(api.map(({ name }) => name));
  const pages = new Map(api.map((entry) => [`api/${entry.name}.md`, page(entry, names)]));
  pages.set('api/index.md', index(api));
  return pages;
}

/** @param {readonly Entry[]} api */
function index(api) {
  const lists = sections.map(([kind, title]) => {
    const own = api.filter((entry) => entry.kind === kind);
    return `## ${title}\n\n${own.map(({ name, doc }) => `- [\`${name}\`](${name}.md): ${firstSentence(doc)}`).join('\n')}`;
  });
  return ['# API reference', "Everything that `import … from 'megamix'` gives.", ...lists].join('\n\n');
}

/** @param {Entry} entry @param {ReadonlySet<string>} names */
function page(entry, names) {
  const { name, kind, signature, doc, members, bases } = entry;
  const inherited = bases.filter((base) => names.has(base));
  const also = inherited.map((base) => `[\`${base}\`](${base}.md)`).join(', ');
  return [
    `# ${name}`,
    `*${kind}*`,
    text(doc),
    code(signature, names),
    ...(also ? [`Has the members of ${also} too.`] : []),
    ...members.map((member) =>
      [`## ${member.isStatic ? `${name}.` : ''}${member.name}`, code(member.signature, names), text(member.doc)].join(
        '\n\n',
      ),
    ),
  ].join('\n\n');
}

/** @param {Doc | undefined} doc */
const firstSentence = (doc) => /^[\s\S]*?(?:\.(?=\s|$)|$)/.exec(doc?.text ?? '')?.[0].replaceAll('\n', ' ') ?? '';

/** @type {Readonly<Record<string, (text: string) => string>>} */
const tags = {
  param: (text) => `- ${text.replace(/^(\w+)\s*-?\s*/, '`$1`: ')}`,
  returns: (text) => `**Returns** ${text}`,
  throws: (text) => `**Throws** ${text}`,
  example: (text) => `**Example**\n\n${text}`,
  default: (text) => `**Default** ${text}`,
};

/** @param {Doc | undefined} doc */
function text(doc) {
  if (!doc) return '';
  return [doc.text, ...doc.tags.map(({ name, text }) => tags[name]?.(text) ?? `**${name}** ${text}`)].join('\n\n');
}

/** A signature whose types link to their pages. @param {string} signature @param {ReadonlySet<string>} names */
function code(signature, names) {
  const escaped = signature.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
  const linked = escaped.replace(/\b[A-Z]\w*/g, (word) =>
    names.has(word) ? `<a href="${word}.html">${word}</a>` : word,
  );
  return `<pre class="signature"><code>${linked.replaceAll('\n\n', '\n')}</code></pre>`;
}
