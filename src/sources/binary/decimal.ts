// Decimal numbers become doubles.
/** Powers of ten up to here, and whole numbers below 2⁵³, are exact: their quotient is the nearest double. */
const EXACT_POWERS = Array.from({ length: 23 }, (_, i) => Number(`1e${i}`));

/** The double that is nearest to a decimal number, a whole number of units of 10^−scale. */
export function decimal(unscaled: bigint | number, scale: number): number {
  const value = Number(unscaled);
  const power = EXACT_POWERS[scale];
  return power !== undefined && Number.isSafeInteger(value) ? value / power : Number(`${unscaled}e${-scale}`);
}

/** A whole number in two's complement, in bytes from the highest to the lowest. */
export function bigEndianInteger(bytes: Uint8Array): bigint {
  let value = 0n;
  for (const byte of bytes) value = (value << 8n) | BigInt(byte);
  return BigInt.asIntN(8 * bytes.length, value);
}
