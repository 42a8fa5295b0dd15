// Copies whose arrays and objects cannot be changed.
/** The same value with copies of its arrays and plain objects that cannot be changed; typed arrays, which cannot be frozen, are shared. */
export function frozen<T>(value: T): T {
  if (Array.isArray(value)) return Object.freeze(value.map(frozen)) as T;
  if (typeof value !== 'object' || value === null || Object.getPrototypeOf(value) !== Object.prototype) return value;
  return Object.freeze(Object.fromEntries(Object.entries(value).map(([name, each]) => [name, frozen(each)]))) as T;
}
