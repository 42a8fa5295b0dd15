import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseAst } from 'vite';
import { expect, test } from 'vitest';
import { errorsPage, errorsPath } from '../scripts/docs/errors.mjs';
import { sourceFiles } from '../scripts/house.mjs';
import { errorCodes } from '../src/error-codes.ts';

test('docs/errors.md is made of the table', () => {
  expect(readFileSync(errorsPath, 'utf8'), 'npm run generate').toBe(errorsPage(errorCodes));
});

test('every code of the table is thrown somewhere; no message speaks of flags', () => {
  const files = sourceFiles().filter((file) => file.endsWith('.ts') && !file.startsWith('kernels/assembly/'));
  const texts = files.filter((file) => file !== 'error-codes.ts').flatMap((file) => textsOf(file));
  const thrown = new Set(texts.map(({ text }) => text));
  // the compiler checks that whatever is thrown is in the table
  expect(Object.keys(errorCodes).filter((code) => !thrown.has(code))).toEqual([]);
  const words = /^cli\/|(?:-table|adaptation|definitions)\.ts$/; // of the shell, and of its help
  const flags = texts.filter(({ file, text }) => !words.test(file) && /(?:^|[\s(])--(?:no-)?[a-z]/.test(text));
  const tools = /--(?:compression-method|long)=/; // of other programs
  expect(flags.filter(({ text }) => !tools.test(text))).toEqual([]);
});

/** The texts of a file, comments aside. */
function textsOf(file: string): { readonly file: string; readonly text: string }[] {
  const found: { file: string; text: string }[] = [];
  const visit = (node: unknown): void => {
    if (Array.isArray(node)) node.forEach(visit);
    if (typeof node !== 'object' || node === null) return;
    const { type, value } = node as { type?: string; value?: unknown };
    if (type === 'Literal' && typeof value === 'string') found.push({ file, text: value });
    if (type === 'TemplateElement') found.push({ file, text: (value as { raw: string }).raw });
    for (const child of Object.values(node)) if (typeof child === 'object') visit(child);
  };
  visit(parseAst(readFileSync(join(import.meta.dirname, '..', 'src', file), 'utf8'), { lang: 'ts' }));
  return found;
}
