// Finds the columns that were asked for, by name or number.
import { DataError } from '../../errors.ts';
import type { ReadOptions } from '../table.ts';

/** Where in a record the asked-for columns are. */
export interface LocatedColumns {
  /** Those of numbers: the data, then the weight and the time, if they are asked for. */
  readonly places: number[];
  /** Where among these the weight and the time are. */
  readonly weightAt: number | undefined;
  readonly timeAt: number | undefined;
  /** The column of the utterance's name. */
  readonly utterance: number | undefined;
}

const beside = { weightColumn: 'weights', timeColumn: 'times', utteranceColumn: 'names of utterances' } as const;

/** Finds the asked-for columns: whole numbers are places from 1, all else is a name. */
export function locateColumns(
  name: string,
  options: Pick<ReadOptions, 'columns' | keyof typeof beside>,
  names: readonly string[] | undefined,
  width: number,
): LocatedColumns {
  const taken = new Map<number, string>();
  const take = (setting: keyof typeof beside): number | undefined => {
    const column = options[setting];
    if (column === undefined) return undefined;
    const [place] = locate(name, [column], names, width, setting);
    if (taken.has(place!)) throw both(name, place!, [taken.get(place!)!, beside[setting]], setting);
    taken.set(place!, beside[setting]);
    return place;
  };
  const [weight, time, utterance] = [take('weightColumn'), take('timeColumn'), take('utteranceColumn')];
  const all = Array.from({ length: width }, (_, i) => i);
  const places = options.columns
    ? locate(name, options.columns, names, width, 'columns')
    : all.filter((place) => !taken.has(place));
  const twice = places.find((place) => taken.has(place));
  if (twice !== undefined) throw both(name, twice, ['data', taken.get(twice)!], 'weightColumn');
  const add = (place: number | undefined): number | undefined =>
    place === undefined ? undefined : places.push(place) - 1;
  return { weightAt: add(weight), timeAt: add(time), places, utterance };
}

const both = (name: string, place: number, [one, other]: readonly [string, string], setting: string): DataError =>
  new DataError('unknown-column', `${name}: column ${place + 1} cannot be both ${one} and ${other}`, {
    source: name,
    column: place + 1,
    setting,
  });

function locate(
  name: string,
  asked: readonly (string | number)[],
  names: readonly string[] | undefined,
  width: number,
  setting: string,
): number[] {
  const places = asked.map((column) => {
    const isNumber = /^\d+$/.test(String(column));
    const place = isNumber ? Number(column) - 1 : (names?.indexOf(String(column)) ?? -1);
    if (!isNumber && names && place !== names.lastIndexOf(String(column))) {
      throw new DataError(
        'unknown-column',
        `${name} has several columns ${JSON.stringify(column)}: choose by number, such as ${place + 1} or ${names.lastIndexOf(String(column)) + 1}`,
        { source: name, column, setting },
      );
    }
    if (place >= 0 && place < width) return place;
    const choice = names ? `${listed(names)}, or 1 to ${width}` : `1 to ${width} (it has no column names)`;
    throw new DataError('unknown-column', `${name} has no column ${JSON.stringify(column)}; it has ${choice}`, {
      source: name,
      column,
      setting,
    });
  });
  const twice = places.find((place, i) => places.indexOf(place) < i);
  if (twice !== undefined)
    throw new DataError('unknown-column', `${name}: column ${twice + 1} is chosen twice: choose each column once`, {
      source: name,
      column: twice + 1,
      setting,
    });
  return places;
}

const MOST_LISTED = 12;

const listed = (names: readonly string[]): string =>
  names.slice(0, MOST_LISTED).join(', ') + (names.length > MOST_LISTED ? ', …' : '');
