// The largest of some numbers.
/** The largest of some numbers and their places, in their order; of equals the first. */
export class Largest {
  readonly places: Int32Array;
  readonly values: Float64Array;

  constructor(count: number) {
    this.places = new Int32Array(count);
    this.values = new Float64Array(count);
  }

  find(numbers: Float64Array | Int32Array, start: number, length: number): void {
    const places = this.places;
    const values = this.values.fill(Number.NEGATIVE_INFINITY);
    const last = values.length - 1;
    for (let k = 0; k < length; k++) {
      const value = numbers[start + k]!;
      if (!(value > values[last]! || k <= last)) continue;
      let at = Math.min(k, last);
      for (; at > 0 && value > values[at - 1]!; at--) {
        values[at] = values[at - 1]!;
        places[at] = places[at - 1]!;
      }
      values[at] = value;
      places[at] = k;
    }
  }
}
