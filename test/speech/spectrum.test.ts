import { expect, test } from 'vitest';
import { PowerSpectrum } from '../../src/speech/spectrum.ts';
import { tones } from '../helpers/wav.ts';

test.each([4, 8, 32, 256, 512])('the powers of %i samples are those of the sum that defines them', (size) => {
  const samples = Float64Array.from(tones(size), (sample, i) => sample + 100 * (i % 3));
  const powers = new Float64Array(size / 2);
  new PowerSpectrum(size).compute(samples, powers);
  const expected = Array.from(powers, (_, k) => {
    let [real, imaginary] = [0, 0];
    for (const [n, sample] of samples.entries()) {
      real += sample * Math.cos((2 * Math.PI * k * n) / size);
      imaginary += sample * Math.sin((2 * Math.PI * k * n) / size);
    }
    return real ** 2 + imaginary ** 2;
  });
  const largest = Math.max(...expected);
  for (const [k, power] of powers.entries()) expect(Math.abs(power - expected[k]!) / largest).toBeLessThan(1e-14);
});
