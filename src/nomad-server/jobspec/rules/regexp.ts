/** What Go says of an expression that it cannot compile. */

/** @returns undefined for a good one. */
export function regexpProblem(text: string): string | undefined {
  try {
    new RegExp(text);
    return undefined;
  } catch {
    return `error parsing regexp: ${reason(text)}`; // that it cannot be compiled is the answer
  }
}

function reason(text: string): string {
  const bare = text.replace(/\\./g, '').replace(/\[[^\]]*\]/g, '');
  if (bare.includes('[')) return `missing closing ]: \`${text.slice(text.lastIndexOf('['))}\``;
  const opened = bare.split('(').length;
  const closed = bare.split(')').length;
  if (opened > closed) return `missing closing ): \`${text}\``;
  if (opened < closed) return `unexpected ): \`${text}\``;
  const [, repeated] = /(?:^|[(|])([*+?])/.exec(bare) ?? [];
  if (repeated !== undefined) return `missing argument to repetition operator: \`${repeated}\``;
  return `invalid or unsupported Perl syntax: \`${text}\``;
}
