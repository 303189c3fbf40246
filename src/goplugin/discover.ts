/** Finds plugins by their file names. Source: spec go-plugin.md §18. */
import { readdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';

/**
 * The files, and anything else, of a folder whose names match.
 *
 * @param pattern  `*` and `?` as a shell has them, `[a-z]`, `[^a-z]`, and `\` before a character that stands for itself;
 *                 with slashes for folders below. A name that begins with a dot matches like any other.
 * @param folder   of a relative path, from the program's own folder.
 * @returns        absolute paths, sorted; empty when nothing matches or there is no such folder.
 * @throws         Error `syntax error in pattern`, as Go's.
 */
export async function discover(pattern: string, folder: string): Promise<readonly string[]> {
  const steps = pattern.split('/').map(matcherOf);
  let found: readonly string[] = [resolve(folder)];
  for (const matches of steps) {
    const below = await Promise.all(
      found.map(async (path) => (await namesIn(path)).filter(matches).map((name) => join(path, name))),
    );
    found = below.flat();
  }
  return [...found].sort();
}

async function namesIn(folder: string): Promise<readonly string[]> {
  return await readdir(folder).catch(() => []); // no folder, or none that may be read: nothing to find
}

const wildcards: Readonly<Record<string, string>> = { '*': '.*', '?': '.' };

/** One segment of a pattern as a test of names. */
function matcherOf(segment: string): (name: string) => boolean {
  const part = /\\(.)|([*?])|\[(\^?)((?:\\.|[^\]\\])+)\]|([^\\[*?])/gsuy;
  let source = '';
  while (part.lastIndex < segment.length) {
    const [match, escaped, wildcard, negated, range, plain] = part.exec(segment) ?? [];
    if (match === undefined) throw new Error('syntax error in pattern');
    if (wildcard !== undefined) source += wildcards[wildcard];
    else if (range !== undefined)
      source += `[${negated}${range.replace(/\\(.)/gsu, (_, one) => one.replace(/[\\\]^-]/, '\\$&'))}]`;
    else source += literal(escaped ?? plain ?? '');
  }
  const whole = new RegExp(`^${source}$`, 'su');
  return (name) => whole.test(name);
}

const literal = (text: string): string => text.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&');
