// Finds the columns that were asked for, by name or number.
import { DataError } from '../../errors.ts';
import type { ReadOptions } from '../table.ts';

/**
 * Where in a record the asked-for columns are: whole numbers are places from 1, all else is a name. The column of weights, if
 * there is one, comes last.
 */
export function locateColumns(
  name: string,
  { columns, weightColumn }: ReadOptions,
  names: readonly string[] | undefined,
  width: number,
): number[] {
  const all = Array.from({ length: width }, (_, i) => i);
  if (weightColumn === undefined) return columns ? locate(name, columns, names, width) : all;
  const [weight] = locate(name, [weightColumn], names, width);
  const data = columns ? locate(name, columns, names, width) : all.filter((place) => place !== weight);
  if (data.includes(weight!))
    throw new DataError('unknown-column', `${name}: column ${weight! + 1} cannot be both data and weights`, {
      source: name,
      column: weight! + 1,
      setting: 'weightColumn',
    });
  return [...data, weight!];
}

function locate(
  name: string,
  asked: readonly (string | number)[],
  names: readonly string[] | undefined,
  width: number,
): number[] {
  const places = asked.map((column) => {
    const isNumber = /^\d+$/.test(String(column));
    const place = isNumber ? Number(column) - 1 : (names?.indexOf(String(column)) ?? -1);
    if (!isNumber && names && place !== names.lastIndexOf(String(column))) {
      throw new DataError(
        'unknown-column',
        `${name} has several columns ${JSON.stringify(column)}: choose by number, such as ${place + 1} or ${names.lastIndexOf(String(column)) + 1}`,
        { source: name, column, setting: 'columns' },
      );
    }
    if (place >= 0 && place < width) return place;
    const choice = names ? `${listed(names)}, or 1 to ${width}` : `1 to ${width} (it has no column names)`;
    throw new DataError('unknown-column', `${name} has no column ${JSON.stringify(column)}; it has ${choice}`, {
      source: name,
      column,
      setting: 'columns',
    });
  });
  const twice = places.find((place, i) => places.indexOf(place) < i);
  if (twice !== undefined)
    throw new DataError('unknown-column', `${name}: column ${twice + 1} is chosen twice: choose each column once`, {
      source: name,
      column: twice + 1,
      setting: 'columns',
    });
  return places;
}

const MOST_LISTED = 12;

const listed = (names: readonly string[]): string =>
  names.slice(0, MOST_LISTED).join(', ') + (names.length > MOST_LISTED ? ', …' : '');
