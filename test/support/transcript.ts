/**
 * What is written on a terminal, as text: commands behind `$ `, and below each the shape of what it prints.
 *
 *     $ nomad job stop hello
 *     ==> <time>: Monitoring evaluation "<id:evaluation>"
 *     ...
 *     $ nomad eval status <evaluation>
 *
 * A line `...` stands for any lines, or none. `<id>`, `<uuid>`, `<time>`, `<ago>`, `<n>` and `<word>` stand for what differs
 * from run to run; `<id:name>` gives it a name that later lines may use. How many blanks there are does not matter. `[exit 1]`
 * at the end is the exit status; without it, it is 0. Lines with `# ` in front are remarks.
 */
export interface Step {
  readonly command: string;
  readonly shape: string;
  readonly exit: number;
}

/** Values by their names. */
export type Names = Map<string, string>;

const tokens: Readonly<Record<string, string>> = {
  id: '[0-9a-f]{8}',
  uuid: '[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}',
  time: String.raw`\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d+)?(?:Z|[+-]\d{2}:\d{2})`,
  ago: String.raw`\d+\w+(?: ago)?`,
  n: String.raw`\d+(?:\.\d+)?`,
  word: String.raw`\S+`,
};

export function stepsOf(transcript: string): readonly Step[] {
  const lines = transcript.split('\n').filter((line) => !line.startsWith('# '));
  const starts = lines.flatMap((line, at) => (line.startsWith('$ ') ? [at] : []));
  return starts.map((start, at) => {
    const below = lines.slice(start + 1, starts[at + 1]).join('\n');
    const [, status] = /^\[exit (\d+)\]$/m.exec(below) ?? [];
    const shape = squeezed(below.replace(/^\[exit \d+\]$/m, ''));
    return { command: (lines[start] ?? '').slice(2).trim(), shape, exit: Number(status ?? 0) };
  });
}

/**
 * The shape of a transcript as it was on a terminal. Times and what chance decides are masked; what is in quotes has a name
 * from then on, also in commands.
 */
export function shapeOf(transcript: string): string {
  const known = new Map<string, string>();
  const quoted = (token: string) => (_: string, id: string) => {
    const name = known.get(id);
    if (name !== undefined) return `"<${name}>"`;
    known.set(id, `${token}${known.size}`);
    return `"<${token}:${known.get(id)}>"`;
  };
  const plain = (token: string) => new RegExp(`(?<![-\\w])${tokens[token]}(?![-\\w])`, 'g');
  const inQuotes = (token: string) => new RegExp(`"(${tokens[token]})"`, 'g');
  const named = transcript
    .replace(plain('time'), '<time>')
    .replace(/\b\d+m?\d*s ago\b/g, '<ago>')
    .replace(/(?<=127\.0\.0\.1:)[23]\d{4}\b/g, '<n>')
    .replace(/\bclient-\d+/g, 'client-<n>')
    .replace(inQuotes('uuid'), quoted('uuid'))
    .replace(inQuotes('id'), quoted('id'));
  const ofCommand = (line: string) => line.replace(plain('id'), (id) => `<${known.get(id) ?? id}>`);
  return named
    .split('\n')
    .map((line) => (line.startsWith('$ ') ? ofCommand(line) : line))
    .join('\n')
    .replace(plain('uuid'), '<uuid>')
    .replace(plain('id'), '<id>');
}

/** Puts what has a name in the place of `<name>`. */
export const filled = (text: string, names: Names): string =>
  text.replace(/<(\w+)>/g, (whole, name: string) => names.get(name) ?? whole);

/** Without what nobody sees: widths of columns, blanks at the end, empty lines around. */
function squeezed(text: string): string {
  const lines = text.split('\n').map((line) => line.replace(/[ \t]+/g, ' ').trimEnd());
  return lines.join('\n').replace(/^\n+|\n+$/g, '');
}

/**
 * Compares a shape with an output.
 *
 * @param names  what the shape names joins them.
 * @returns      undefined when it fits, else the first line of the shape that does not.
 */
export function misfit(shape: string, output: string, names: Names): string | undefined {
  const lines = shape.split('\n');
  const seen = `${squeezed(output)}\n`;
  const found = new RegExp(`^${patternOf(lines, names)}$`).exec(seen);
  if (found !== null) {
    for (const [name, value] of Object.entries(found.groups ?? {})) names.set(name, value);
    return undefined;
  }
  const fits = (count: number) => new RegExp(`^${patternOf(lines.slice(0, count), names)}`).test(seen);
  const first = lines.findIndex((_, at) => !fits(at + 1));
  return first < 0 ? '(the end)' : lines[first];
}

/** The source of a regular expression; what is named has groups of these names. */
function patternOf(lines: readonly string[], names: Names): string {
  const ownNames = new Set<string>();
  const placeholder = (whole: string, word: string, name: string | undefined) => {
    const token = tokens[word];
    if (token === undefined) return ownNames.has(word) ? String.raw`\k<${word}>` : (names.get(word) ?? whole);
    if (name === undefined) return `(?:${token})`;
    ownNames.add(name);
    return `(?<${name}>${token})`;
  };
  return lines
    .map((line) => {
      if (line.trim() === '...') return String.raw`(?:.*\n)*?`;
      const literal = line.replace(/[.*+?^$()|[\]{}\\]/g, String.raw`\$&`);
      return `${literal.replace(/<(\w+)(?::(\w+))?>/g, placeholder)}\n`;
    })
    .join('');
}
