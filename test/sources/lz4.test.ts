import { expect, test } from 'vitest';
import { decompressor } from '../../src/sources/compression/decompress.ts';
import { decompressLz4Block } from '../../src/sources/compression/lz4.ts';

// Of the lz4 package of Python: lz4.frame.compress(b'abcabcabc' * 4, content_checksum=True, block_checksum=True)
const frame = Buffer.from(
  '04224d187c402400000000000000210d0000003f61626303000950626361626305aeafa8000000004f89fde8',
  'hex',
);
const text = Buffer.from('abcabcabc'.repeat(4));

test('a frame with all its checksums', async () => {
  const decompress = await decompressor('LZ4 frame');
  expect(Buffer.from(decompress(frame, text.length))).toEqual(text);
  for (let bit = 0; bit < 8 * frame.length; bit++) {
    const damaged = Buffer.from(frame);
    damaged[bit >> 3]! ^= 1 << (bit & 7);
    expect(() => decompress(damaged, text.length), `bit ${bit}`).toThrow(RangeError);
  }
});

test.each([
  ['a match of what is not there', [0x10, 0x61, 2, 0]],
  ['a match at no distance', [0x10, 0x61, 0, 0]],
  ['more literals than there are', [0xf0, 255, 255]],
  ['an end after a match', [0x10, 0x61, 1, 0]],
  ['more than there is room', [0x1f, 0x61, 1, 0, 255, 255, 0, 0]],
])('%s is refused', (_, bytes) => {
  expect(() => decompressLz4Block(Uint8Array.from(bytes), new Uint8Array(16))).toThrow(RangeError);
});

test.each(['Snappy', 'GZIP', 'Brotli', 'Zstandard', 'LZ4', 'LZ4 block', 'LZ4 frame'] as const)(
  '%s: what is claimed is not believed, in one line',
  async (compression) => {
    const decompress = await decompressor(compression);
    for (const length of [1, 1000, 2 ** 29]) {
      expect(() => decompress(Uint8Array.from([1, 2, 3, 4, 5]), length)).toThrow(/^5 bytes of [^\n]*they should be$/);
    }
  },
);
