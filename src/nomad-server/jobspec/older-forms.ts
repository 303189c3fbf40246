/** What job files in walkthroughs of old have, and no parser takes any more. Source: spec jobspec.md §1, §9. */

interface Form {
  readonly pattern: RegExp;
  readonly today: string;
  readonly warning: string;
  /** It has another meaning in a file that can be read as it is: inside a text, for instance. */
  readonly onlyInBroken: boolean;
}

const forms: readonly Form[] = [
  {
    pattern: /^([ \t]*[\w-]+)[ \t]*\r?\n[ \t]*=[ \t]*\r?\n?[ \t]*/gm,
    ...{ today: '$1 = ', onlyInBroken: true },
    warning: 'names and values on lines of their own were joined: write name = value on one line',
  },
  {
    pattern: /^[ \t]*on_success[ \t]*=.*$/gm,
    ...{ today: '', onlyInBroken: true },
    warning: 'on_success in a restart block is ignored',
  },
  {
    pattern: /^([ \t]*attribute[ \t]*=[ \t]*")\$((?:node|attr|meta)\.[\w.-]+)"/gm,
    ...{ today: '$1$${$2}"', onlyInBroken: false },
    warning: 'an attribute without braces was read as one with braces: write ' + '"${node.datacenter}"',
  },
];

/** @returns the text as it would be written today, and what was changed; undefined when nothing was. */
export function modernised(
  text: string,
  isBroken: boolean,
): { readonly text: string; readonly warnings: readonly string[] } | undefined {
  const warnings: string[] = [];
  let newer = text;
  for (const { pattern, today, warning, onlyInBroken } of forms) {
    if (onlyInBroken && !isBroken) continue;
    const after = newer.replace(pattern, today);
    if (after !== newer) warnings.push(warning);
    newer = after;
  }
  return warnings.length === 0 ? undefined : { text: newer, warnings };
}
