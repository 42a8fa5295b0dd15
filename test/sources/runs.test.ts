import { expect, test } from 'vitest';
import { readBitPacked, readRuns } from '../../src/sources/binary/runs.ts';
import { endOfStruct } from '../../src/sources/binary/thrift.ts';
import { fc, runs } from '../setup/properties.ts';

/** Packs numbers of so many bits as the specification has it: from the lowest bit of the first byte on. */
function pack(values: readonly number[], width: number): number[] {
  const bytes = new Array<number>(Math.ceil((values.length * width) / 8)).fill(0);
  values.forEach((value, i) => {
    for (let bit = 0; bit < width; bit++) {
      const at = i * width + bit;
      bytes[at >> 3]! |= (Math.floor(value / 2 ** bit) % 2) << (at & 7);
    }
  });
  return bytes;
}

test('numbers of any width, in runs and packed', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 32 }),
      fc.array(fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true }), { minLength: 8, maxLength: 8 }),
      fc.integer({ min: 1, max: 60 }),
      (width, parts, count) => {
        const values = parts.map((part) => Math.floor(part * 2 ** width));
        const repeated = values[0]!;
        const value = Array.from({ length: Math.ceil(width / 8) }, (_, i) => Math.floor(repeated / 256 ** i) % 256);
        const bytes = Uint8Array.from([2 * count, ...value, 3, ...pack(values, width)]);
        const out = new Uint32Array(count + 8);
        readRuns(bytes, width, out);
        expect([...out]).toEqual([...new Array<number>(count).fill(repeated), ...values]);
      },
    ),
    runs(200),
  );
});

test.each([
  ['nothing', []],
  ['a header that does not end', [0x80, 0x80, 0x80, 0x80, 0x80, 0x80]],
  ['a run longer than what is left', [20, 1]],
  ['a huge run', [0xfe, 0xff, 0xff, 0xff, 0x0f, 1]],
  ['a run without its value', [4]],
  ['a run of more than its bits', [4, 9]],
  ['packed numbers that end early', [9, 1]],
])('%s is refused', (_, bytes) => {
  expect(() => readRuns(Uint8Array.from(bytes), 3, new Uint8Array(8))).toThrow(RangeError);
});

test('levels of the deprecated encoding begin at the highest bit', () => {
  const out = new Uint8Array(8);
  // 0 to 7 in three bits each, as the specification shows them
  expect(readBitPacked(Uint8Array.from([0b00000101, 0b00111001, 0b01110111]), 3, out)).toBe(3);
  expect([...out]).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
  expect(() => readBitPacked(Uint8Array.of(1, 2), 3, out)).toThrow(RangeError);
});

test.each([
  ['a list of two billion', [0x19, 0xf5, 0xff, 0xff, 0xff, 0xff, 0x07, 0]],
  ['a string longer than the bytes', [0x18, 0x7f, 0]],
  ['a number without end', [0x15, ...new Array<number>(12).fill(0xff)]],
  ['structs within structs', new Array<number>(200).fill(0x1c)],
  ['no end', [0x15, 2]],
  ['a map', [0x1b, 0]],
])('%s is no struct of Thrift', (_, bytes) => {
  expect(() => endOfStruct(Uint8Array.from(bytes), 0)).toThrow(RangeError);
});

test('a struct of Thrift ends where it does', () => {
  // a truth value, a number, a string of two bytes, a list of two numbers, a struct of nothing
  const struct = [0x11, 0x15, 0x84, 1, 0x18, 2, 97, 98, 0x19, 0x25, 2, 4, 0x1c, 0, 0];
  expect(endOfStruct(Uint8Array.from([9, ...struct, 9]), 1)).toBe(1 + struct.length);
});
