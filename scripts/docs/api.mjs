// The public API, read from dist/index.d.ts: each export with its doc comment, signature and members.
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { parseAst } from 'vite';

const dist = join(import.meta.dirname, '..', '..', 'dist');

/**
 * @typedef {{ text: string, tags: { name: string, text: string }[] }} Doc
 * @typedef {{ name: string, signature: string, doc: Doc | undefined, isStatic: boolean }} Member
 * @typedef {{ name: string, kind: string, signature: string, bases: string[], doc: Doc | undefined, members: Member[], file: string }} Entry
 */

/** Every export of the package, in the order of their names. @returns {Entry[]} */
export function publicApi() {
  const index = parse('index.ts');
  /** @type {Entry[]} */
  const found = [];
  for (const node of index.body) {
    if (node.type !== 'ExportNamedDeclaration' || !node.source) continue;
    const names = node.specifiers.map((/** @type {any} */ specifier) => specifier.exported.name);
    for (const name of names) found.push(find(node.source.value.replace(/^\.\//, ''), name));
  }
  return found.toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

/** What a doc comment that ends right before a position says. @param {string} text @param {number} end @returns {Doc | undefined} */
function docBefore(text, end) {
  const before = text.slice(0, end).trimEnd();
  if (!before.endsWith('*/')) return undefined;
  const comment = before.slice(before.lastIndexOf('/*'));
  if (!comment.startsWith('/**')) return undefined;
  const lines = comment
    .slice(3, -2)
    .split('\n')
    .map((line) => line.replace(/^\s*\* ?/, ''));
  const [first = '', ...tags] = lines.join('\n').split(/^@(?=\w)/m);
  return {
    text: first.trim(),
    tags: tags.map((tag) => {
      const [, name = '', rest = ''] = /^(\w+)\s*([\s\S]*)/.exec(tag) ?? [];
      return { name, text: rest.trim() };
    }),
  };
}

/** @param {string} file @returns {any} */
function parse(file) {
  const text = readFileSync(join(dist, file.replace(/\.ts$/, '.d.ts')), 'utf8');
  return Object.assign(parseAst(text, { lang: 'dts' }), { text });
}

/** A declaration, where it stands or where it is exported from. @param {string} file @param {string} name @returns {Entry} */
function find(file, name) {
  const { body, text } = parse(file);
  for (const node of body) {
    const declaration = node.declaration ?? node;
    const names = declaration.declarations?.map((/** @type {any} */ each) => each.id.name) ?? [declaration.id?.name];
    if (names.includes(name)) return entry(name, declaration, node, text, file, body);
    const again = node.specifiers?.find((/** @type {any} */ each) => each.exported?.name === name);
    if (again && node.source) return find(join(dirname(file), node.source.value), again.local.name);
  }
  throw new Error(`${file} does not declare ${name}`);
}

/**
 * @param {string} name @param {any} declaration @param {any} node @param {string} text @param {string} file @param {any[]} body
 * @returns {Entry}
 */
function entry(name, declaration, node, text, file, body) {
  const doc = docBefore(text, node.start);
  const own = declaration.body?.body;
  const bases = [
    ...(declaration.superClass ? [text.slice(declaration.superClass.start, declaration.superClass.end)] : []),
    ...(declaration.extends ?? []).map((/** @type {any} */ each) => text.slice(each.start, each.end)),
  ];
  const end = own ? declaration.body.start : declaration.end;
  const head = text.slice(declaration.start, end).trim();
  const signature = withChoices(tidy(head), declaration, body, text);
  const members = (own ?? []).filter(isPublic).map((/** @type {any} */ member) => ({
    name: member.type === 'TSIndexSignature' ? '[key]' : nameOf(member, text),
    signature: tidy(text.slice(member.start, member.end)),
    doc: docBefore(text, member.start),
    isStatic: member.static === true,
  }));
  return { name, kind: kinds[declaration.type] ?? 'value', signature, bases, doc, members, file };
}

/** @type {Readonly<Record<string, string>>} */
const kinds = {
  ClassDeclaration: 'class',
  TSInterfaceDeclaration: 'interface',
  TSTypeAliasDeclaration: 'type',
  FunctionDeclaration: 'function',
  TSDeclareFunction: 'function',
  VariableDeclaration: 'value',
};

/** Streams' own methods, which Node calls, are none of a user's. @param {any} member */
const isPublic = (member) =>
  member.key?.type !== 'PrivateIdentifier' && !member.accessibility && !member.key?.name?.startsWith('_');

/** @param {any} member @param {string} text */
const nameOf = (member, text) => {
  if (member.kind === 'constructor' || member.key?.name === 'constructor') return 'constructor';
  const key = text.slice(member.key.start, member.key.end);
  return member.computed ? `[${key}]` : key;
};

/** A type that is the names of a table shows them. @param {string} signature @param {any} declaration @param {any[]} body @param {string} text */
function withChoices(signature, declaration, body, text) {
  const table = /keyof typeof (\w+)/.exec(signature)?.[1];
  if (declaration.type !== 'TSTypeAliasDeclaration' || !table) return signature;
  for (const node of body) {
    const declared = (node.declaration ?? node).declarations?.[0];
    const members = declared?.id.name === table && declared.id.typeAnnotation?.typeAnnotation.members;
    if (!members) continue;
    const names = members.map((/** @type {any} */ member) => text.slice(member.key.start, member.key.end));
    const quoted = names.map((/** @type {string} */ key) => `'${key.replace(/^['"]|['"]$/g, '')}'`);
    return signature.replace(`keyof typeof ${table}`, quoted.join(' | '));
  }
  return signature;
}

/** @param {string} signature */
const tidy = (signature) =>
  signature
    .replace(/^(?:export |declare |readonly |override )+/, '')
    .replace(/\/\*\*[\s\S]*?\*\/\s*/g, '')
    .replace(/^ {4}/gm, '')
    .replace(/;$/, '');
