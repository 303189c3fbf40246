/** What an agent decided and wrote, read out of its log. */

/** What one agent did in a case, without what is random. */
export interface Course {
  /** For each policy: `1 -> 3: reason` or `3 stays` of every round that decided, repetitions left out. */
  readonly decisions: readonly (readonly string[])[];
  /** For each policy: what it wrote to Nomad, in order. */
  readonly writes: readonly (readonly string[])[];
}

interface Told {
  readonly decisions: string[];
  readonly writes: string[];
  rounds: number;
}

/**
 * Reads what an agent did out of its log, with its writes as lines `write {…}` among the others.
 *
 * @param mostRounds  of each policy; what came after them is left out.
 */
export function courseOf(
  lines: readonly string[],
  mostRounds = Number.POSITIVE_INFINITY,
): Course & { readonly rounds: number } {
  const policies = new Map<string, Told>();
  const of = (id: string): Told => {
    const known = policies.get(id) ?? { decisions: [], writes: [], rounds: 0 };
    policies.set(id, known);
    return known;
  };
  let direction = '';
  for (const line of lines) {
    if (line.startsWith('write ')) {
      const { Meta, ...body } = JSON.parse(line.slice('write '.length));
      const { nomad_policy_id: id, ...meta } = Meta;
      const told = of(String(id));
      if (told.rounds <= mostRounds) told.writes.push(writeText(body, meta));
      continue;
    }
    const [, id] = /policy_id=(\S+)/.exec(line) ?? [];
    if (id === undefined) continue;
    if (line.includes('received policy for evaluation')) of(id).rounds++;
    if (line.includes('check selected:')) direction = /direction=(\w+)/.exec(line)?.[1] ?? '';
    const decided = /calculating scaling target: .*from=(\d+) to=(-?\d+) reason=(?:"((?:[^"\\]|\\.)*)"|(\S+))/.exec(
      line,
    );
    if (decided === null || of(id).rounds > mostRounds) continue;
    const [, from, to, quoted, bare] = decided;
    // Upstream tells of a cap, and of 0, though nothing is to be done.
    const shown = direction === 'none' ? `${from} stays` : `${from} -> ${to}: ${quoted ?? bare}`;
    const { decisions } = of(id);
    if (decisions.at(-1) !== shown) decisions.push(shown);
  }
  const told = [...policies.values()];
  return {
    decisions: sorted(told.map(({ decisions }) => decisions)),
    writes: sorted(told.map(({ writes }) => writes)),
    rounds: Math.max(...told.map(({ rounds }) => rounds)),
  };
}

/** `web/app = 3: reason {meta}`, and what else is not as upstream always writes it. */
function writeText({ Count, Target, Message, ...rest }: Readonly<Record<string, unknown>>, meta: object): string {
  const { Job, Group } = Target as { readonly Job: string; readonly Group: string };
  const usual = { Error: false, Region: '', Namespace: '', SecretID: '', PolicyOverride: false, JobModifyIndex: 0 };
  const entries = Object.entries(rest).filter(([key, value]) => usual[key as keyof typeof usual] !== value);
  const missing = Object.keys(usual).filter((key) => !(key in rest));
  const unusual = entries.length + missing.length === 0 ? '' : ` unusual: ${JSON.stringify(entries)} ${missing}`;
  const sortedMeta = Object.fromEntries(Object.entries(meta).sort());
  return `${Job}/${Group} = ${Count}: ${Message} ${JSON.stringify(sortedMeta)}${unusual}`;
}

/** In an order of their own; of policies that did nothing nothing is told. */
function sorted(courses: readonly (readonly string[])[]): readonly (readonly string[])[] {
  const key = (course: readonly string[]) => course.join('\n');
  return courses.filter(({ length }) => length > 0).sort((a, b) => (key(a) < key(b) ? -1 : 1));
}
