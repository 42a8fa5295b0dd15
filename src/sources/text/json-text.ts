// JSON as Python writes it, the order of keys, and duplicate keys.
/** The keys of an object in the order of its text, those that come twice twice: objects put whole numbers first. */
export function keysOf(text: string): string[] {
  const keys: string[] = [];
  let depth = 0;
  for (const [token] of text.matchAll(/"[^"\\]*(?:\\.[^"\\]*)*"\s*:?|[{}[\]]/g)) {
    if (token === '{' || token === '[') depth++;
    else if (token === '}' || token === ']') depth--;
    else if (depth === 1 && token.endsWith(':')) keys.push(JSON.parse(token.slice(0, -1)) as string);
  }
  return keys;
}

/** Finds a key that occurs twice in the text of an object with `distinct` different ones, which keeps the last; undefined if none does. */
export function keyChecker(): (text: string, distinct: number) => string | undefined {
  let colonsTell = true;
  return (text, distinct) => {
    // A colon for each key; or, from the first line on where strings have some, one after a quote for each, and no blank between the two.
    colonsTell = colonsTell && count(text, ':') === distinct;
    if (colonsTell || (count(text, '":') === distinct && !/"\s/.test(text))) return undefined;
    return keysOf(text).find((key, i, keys) => keys.indexOf(key) < i);
  };
}

function count(text: string, wanted: string): number {
  let found = 0;
  for (let at = text.indexOf(wanted); at >= 0; at = text.indexOf(wanted, at + 1)) found++;
  return found;
}

const NOT_FINITE = /"[^"\\]*(?:\\.[^"\\]*)*"|(?<![\w.+-])(?:NaN|-?Infinity)(?![\w.])/g;

/**
 * JSON with NaN, Infinity and -Infinity, which Python's json module writes and JSON has not.
 *
 * @throws SyntaxError of what is no JSON all the same.
 */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (!/NaN|Infinity/.test(text)) throw error;
  }
  let mark = 'NaN';
  while (text.includes(mark)) mark += '.';
  const finite = text.replace(NOT_FINITE, (token) => {
    if (token.startsWith('"')) return token;
    return token === 'NaN' ? `"${mark}"` : token.replace('Infinity', '1e999');
  });
  return JSON.parse(finite, (_, value: unknown) => (value === mark ? Number.NaN : value));
}
