import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { writeGathered, writeText } from '../../src/files/gathered-writer.ts';
import { temporaryDirectory } from '../helpers/files.ts';
import { fc } from '../setup/properties.ts';

const path = temporaryDirectory();

test('pieces of any size are written one after the other, and can be replaced', async () => {
  const size = fc.oneof(fc.nat(20), fc.integer({ min: 100_000, max: 300_000 }));
  await fc.assert(
    fc.asyncProperty(fc.array(fc.tuple(size, fc.boolean()), { maxLength: 8 }), async (pieces) => {
      const wanted: Buffer[] = [];
      await writeGathered(path('pieces'), async (writer) => {
        const starts: number[] = [];
        for (const [n, [length, isReplaced]] of pieces.entries()) {
          expect(writer.position).toBe(wanted.reduce((sum, each) => sum + each.length, 0));
          starts.push(writer.position);
          wanted.push(Buffer.alloc(length, 65 + n));
          await writer.put(n % 2 ? wanted[n]!.toString() : wanted[n]!);
          const other = isReplaced ? n >> 1 : n;
          wanted[other] = Buffer.alloc(wanted[other]!.length, 97 + n);
          await writer.replace(starts[other]!, wanted[other]!);
        }
      });
      expect(readFileSync(path('pieces')).equals(Buffer.concat(wanted))).toBe(true);
    }),
    { numRuns: 30 },
  );
});

test('a file whose writing fails stays as it was', async () => {
  await writeText(path('text'), lines('first\n'));
  async function* failing(): AsyncGenerator<string> {
    yield 'second\n';
    throw new Error('no more');
  }
  await expect(writeText(path('text'), failing())).rejects.toThrow('no more');
  expect(readFileSync(path('text'), 'utf8')).toBe('first\n');
});

async function* lines(...all: string[]): AsyncGenerator<string> {
  yield* all;
}
