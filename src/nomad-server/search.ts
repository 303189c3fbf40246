/** Finds things by the beginning of their ID or by a part of their name; pure. Compat: spec nomad-api.md §11 (search). */
import type { Job, Task } from '../nomad/types.ts';
import type { State } from './state.ts';

/** Most matches of one kind. */
const mostMatches = 20;

export interface Entry {
  /** What a prefix is compared with, and what is answered. */
  readonly id: string;
  readonly namespace?: string;
  /** What a part is looked for in; without it only the prefix of `id` counts. */
  readonly name?: string;
  /** Leads from a name to its object. */
  readonly scope?: readonly string[];
}

/** One kind of thing that can be searched. */
export interface SearchContext {
  readonly index: (state: State) => number;
  readonly entries: (state: State) => Iterable<Entry>;
  /** Its IDs are UUIDs: text that is no hex is no prefix of any. */
  readonly isUuid?: boolean;
  /** Parts of names are looked for; without it a fuzzy search compares prefixes. */
  readonly isNamed?: boolean;
}

export type ContextName = keyof typeof searchContexts;

/** In the order in which Nomad names them. */
export const searchContexts = {
  allocs: {
    index: ({ allocations }) => allocations.index,
    *entries({ allocations }) {
      for (const { ID, Namespace, Name } of allocations.values()) {
        yield { id: ID, namespace: Namespace, name: Name, scope: [Namespace, ID] };
      }
    },
    ...{ isUuid: true, isNamed: true },
  },
  jobs: {
    index: ({ jobs }) => jobs.index,
    *entries({ jobs }) {
      for (const { ID, Namespace, Name } of jobs.sorted()) {
        yield { id: ID, namespace: Namespace, name: Name, scope: [Namespace, ID] };
      }
    },
    isNamed: true,
  },
  nodes: {
    index: ({ nodes }) => nodes.index,
    *entries({ nodes }) {
      for (const { ID, Name } of nodes.values()) yield { id: ID, name: Name, scope: [ID] };
    },
    ...{ isUuid: true, isNamed: true },
  },
  node_pools: {
    index: ({ nodePools }) => nodePools.index,
    *entries({ nodePools }) {
      for (const { Name } of nodePools.sorted()) yield { id: Name, name: Name };
    },
    isNamed: true,
  },
  evals: {
    index: ({ evaluations }) => evaluations.index,
    *entries({ evaluations }) {
      for (const { ID, Namespace } of evaluations.values()) yield { id: ID, namespace: Namespace };
    },
    isUuid: true,
  },
  deployment: {
    index: ({ deployments }) => deployments.index,
    *entries({ deployments }) {
      for (const { ID, Namespace } of deployments.values()) yield { id: ID, namespace: Namespace };
    },
    isUuid: true,
  },
  plugins: { index: () => 0, entries: () => [], isNamed: true },
  volumes: { index: () => 0, entries: () => [] },
  scaling_policy: {
    index: ({ policies }) => policies.index,
    *entries({ policies }) {
      for (const { ID, Target } of policies.values()) yield { id: ID, namespace: Target?.['Namespace'] ?? 'default' };
    },
  },
  vars: {
    index: ({ variables }) => variables.index,
    *entries({ variables }) {
      for (const { Path, Namespace } of variables.sorted()) {
        yield { id: Path, namespace: Namespace, name: Path, scope: [Namespace, Path] };
      }
    },
    isNamed: true,
  },
  namespaces: {
    index: ({ namespaces }) => namespaces.index,
    *entries({ namespaces }) {
      for (const { Name } of namespaces.sorted()) yield { id: Name, name: Name };
    },
    isNamed: true,
  },
  host_volumes: { index: () => 0, entries: () => [] },
} as const satisfies Record<string, SearchContext>;

export const contextNames = Object.keys(searchContexts) as readonly ContextName[];

/** Which things the asking side may see. */
export type Sees = (context: ContextName, entry: Pick<Entry, 'id' | 'namespace'>) => boolean;

export interface Matches<Match> {
  /** null or [] where nothing fits. */
  readonly Matches: Readonly<Record<string, readonly Match[] | null>>;
  /** Whether there were more. */
  readonly Truncations: Readonly<Record<string, boolean>>;
}

/** Things whose IDs begin with `prefix`. */
export function searchByPrefix(
  state: State,
  wanted: readonly ContextName[],
  prefix: string,
  sees: Sees,
): Matches<string> {
  const isHex = /^[0-9a-f-]*$/i.test(prefix);
  const found: Record<string, readonly string[] | null> = {};
  const cut: Record<string, boolean> = {};
  for (const name of wanted) {
    const context: SearchContext = searchContexts[name];
    if (context.isUuid && !isHex) continue;
    const sought = context.isUuid ? prefix.toLowerCase() : prefix;
    const ids: string[] = [];
    for (const entry of context.entries(state)) {
      if (!entry.id.startsWith(sought) || !sees(name, entry)) continue;
      if (ids.push(entry.id) > mostMatches) break;
    }
    cut[name] = ids.length > mostMatches;
    found[name] = ids.length === 0 ? null : ids.slice(0, mostMatches);
  }
  return { Matches: found, Truncations: cut };
}

export interface FuzzyMatch {
  readonly ID: string;
  readonly Scope?: readonly string[];
}

/** Things whose names hold `text`, whatever its case: the earlier it stands and the shorter the name, the earlier. */
export function searchByName(
  state: State,
  wanted: readonly ContextName[],
  text: string,
  sees: Sees,
): Matches<FuzzyMatch> {
  const sought = text.toLowerCase();
  const found: Record<string, readonly FuzzyMatch[]> = {};
  const cut: Record<string, boolean> = {};
  const settle = (name: string, all: readonly FuzzyMatch[]) => {
    const at = ({ ID }: FuzzyMatch) => ID.toLowerCase().indexOf(sought);
    const better = (a: FuzzyMatch, b: FuzzyMatch) =>
      at(a) - at(b) || a.ID.length - b.ID.length || (a.ID < b.ID ? -1 : 1);
    found[name] = [...all].sort(better).slice(0, mostMatches);
    cut[name] = all.length > mostMatches;
  };
  for (const name of wanted) {
    const context: SearchContext = searchContexts[name];
    const matches: FuzzyMatch[] = [];
    for (const { id, namespace, name: text = id, scope } of context.entries(state)) {
      const fits = context.isNamed ? text.toLowerCase().includes(sought) : id.startsWith(sought);
      if (fits && sees(name, { id, ...(namespace !== undefined && { namespace }) }))
        matches.push({ ID: text, ...(scope && { Scope: scope }) });
    }
    if (matches.length > 0 || !context.isNamed) settle(name, matches);
    else cut[name] = false;
    if (name === 'jobs') {
      const seen = [...state.jobs.sorted()].filter((job) => sees('jobs', { id: job.ID, namespace: job.Namespace }));
      for (const [part, all] of partsOfJobs(seen, sought)) settle(part, all);
    }
  }
  return { Matches: found, Truncations: cut };
}

/** What stands inside of jobs and has such a name, by kind. */
function partsOfJobs(jobs: Iterable<Job>, sought: string): ReadonlyMap<string, readonly FuzzyMatch[]> {
  const parts = new Map<string, FuzzyMatch[]>();
  const add = (kind: string, name: unknown, scope: readonly string[]) => {
    if (typeof name !== 'string' || !name.toLowerCase().includes(sought)) return;
    const matches = parts.get(kind) ?? [];
    matches.push({ ID: name, Scope: scope });
    parts.set(kind, matches);
  };
  for (const { Namespace, ID, TaskGroups } of jobs) {
    for (const group of TaskGroups ?? []) {
      add('groups', group.Name, [Namespace, ID]);
      for (const task of group.Tasks ?? []) {
        const scope = [Namespace, ID, group.Name, task.Name];
        add('tasks', task.Name, [Namespace, ID, group.Name]);
        for (const [key, kind] of Object.entries(configKinds)) add(kind, configOf(task)[key], scope);
      }
    }
  }
  return parts;
}

/** Settings of drivers that can be searched, and the kind that they are found as. */
const configKinds = { image: 'images', command: 'commands', class: 'classes' } as const;

const configOf = (task: Task): Readonly<Record<string, unknown>> => task.Config ?? {};
