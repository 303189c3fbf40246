/** Booleans as Go writes them in text. */

const words = new Map([
  ...['1', 't', 'T', 'TRUE', 'true', 'True'].map((word) => [word, true] as const),
  ...['0', 'f', 'F', 'FALSE', 'false', 'False'].map((word) => [word, false] as const),
]);

/** @returns undefined for what is none of the twelve words of Go's `strconv.ParseBool`. */
export function goBool(text: string): boolean | undefined {
  return words.get(text);
}

/** What Go says of such a text. */
export function goBoolProblem(text: string): string {
  return `strconv.ParseBool: parsing ${JSON.stringify(text)}: invalid syntax`;
}
