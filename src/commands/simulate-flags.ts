/** The flags of `nomad-autoscaler simulate`, and what they ask for. */
import { usageError } from '../lib/error.ts';
import { boolFlag, type Flag, type FlagValues, integerFlag, listFlag, parseFlags, textFlag } from '../lib/flags.ts';
import type { Mode } from '../simulate/run.ts';
import type { Algorithm } from '../simulate/snapshot.ts';
import type { SizeAsk, TemplateChanges } from '../simulate/template.ts';
import { generalFlags } from './nomad/cli/general-flags.ts';
import { keyValues } from './nomad/cli/key-values.ts';

export const simulateHelp = `Usage: nomad-autoscaler simulate [options] [<job file> ...]

  Answers what-if: would these jobs find room on this cluster, what would be left,
  and how many more nodes would take the rest? Nothing is changed anywhere.

  The exit status is 0 when everything fits, 2 when something finds no room, and
  1 for an error.

The cluster:

  -nodes=<n>
    So many nodes like the template, all empty. Without this option it is the
    cluster of a Nomad, with what runs there, read through its API.

  -address=<addr>, -region=<region>, -namespace=<namespace>, -token=<token>,
  -ca-cert, -ca-path, -client-cert, -client-key, -tls-server-name, -tls-skip-verify
    How to reach that Nomad; else NOMAD_ADDR and the other variables of Nomad's
    command line say. Nodes and allocations are those of all namespaces.

  -add=<n>
    So many more nodes like the template join before anything is placed.

  -algorithm=<binpack|spread>
    Default: what Nomad has, or binpack.

What is to be placed, beside job files:

  -pending
    The allocations that wait for room in Nomad, in all namespaces or in that of
    -namespace.

  -ask=<count>x<MHz>/<MB>[/<MB of disk>]
    So many allocations of this size, as a job of its own. May be given several
    times. Disk: 300 unless given.

  -type=<service|batch>
    The type of these jobs. Default: service.

  -var=<name>=<value>, -var-file=<path>
    Variables of the job files. May be given several times.

The template, a node that could join:

  -like=<name or ID>
    As this node of Nomad. Default: as most of its nodes are; with -nodes, a node
    of 4000 MHz, 8192 MB and 20000 MB of disk in datacenter dc1.

  -node-cpu=<MHz>, -node-memory=<MB>, -node-disk=<MB>, -node-class=<class>,
  -node-pool=<pool>, -node-datacenter=<dc>, -node-attr=<name>=<value>,
  -node-meta=<name>=<value>
    What it has instead. The last two may be given several times.

How it is placed and told:

  -mode=<compat|exact|count>
    compat places as Nomad would, looking at a few nodes for each allocation;
    exact takes the best of all nodes; count only counts. Default: compat.

  -seed=<n>
    Shuffles the nodes. The same seed gives the same result. Default: 1.

  -verbose
    Tells every node.

  -json
    Prints the result as JSON; with -placements, also what went to which node.
`;

function oneOf<T extends string>(...names: readonly [T, ...T[]]): Flag<T> {
  return {
    isBool: false,
    read(text) {
      const found = names.find((name) => name === text);
      if (found === undefined) throw usageError('invalid_flag', `must be one of ${names.join(', ')}`);
      return found;
    },
  };
}

const countFlag: Flag<number> = {
  isBool: false,
  read(text, before) {
    const count = integerFlag.read(text, before);
    if (count < 0) throw usageError('invalid_flag', 'must not be negative');
    return count;
  },
};

/** Of nodes that are made up, and of allocations of one size: more would be a slip, and no memory would do. */
const [mostNodes, mostOfSize] = [1_000_000, 100_000_000] as const;

const nodesFlag: Flag<number> = {
  isBool: false,
  read(text, before) {
    const count = countFlag.read(text, before);
    if (count > mostNodes) throw usageError('invalid_flag', `must be at most ${mostNodes}`);
    return count;
  },
};

type Size = Omit<SizeAsk, 'id' | 'type'>;

const sizesFlag: Flag<readonly Size[]> = {
  isBool: false,
  read(text, before = []) {
    const parts = /^(\d+)x(\d+)\/(\d+)(?:\/(\d+))?$/.exec(text);
    if (parts === null) throw usageError('invalid_flag', 'expected <count>x<MHz>/<MB>[/<MB of disk>]');
    const [count = 0, cpuMhz = 0, memoryMb = 0, diskMb = 300] = parts
      .slice(1)
      .map((part) => (part === undefined ? undefined : Number(part)));
    if (count > mostOfSize) throw usageError('invalid_flag', `the count must be at most ${mostOfSize}`);
    return [...before, { count, cpuMhz, memoryMb, diskMb }];
  },
};

const flags = {
  ...generalFlags,
  nodes: nodesFlag,
  add: nodesFlag,
  algorithm: oneOf<Algorithm>('binpack', 'spread'),
  pending: boolFlag,
  ask: sizesFlag,
  type: oneOf('service', 'batch'),
  var: listFlag,
  'var-file': listFlag,
  like: textFlag,
  'node-cpu': countFlag,
  'node-memory': countFlag,
  'node-disk': countFlag,
  'node-class': textFlag,
  'node-pool': textFlag,
  'node-datacenter': textFlag,
  'node-attr': listFlag,
  'node-meta': listFlag,
  mode: oneOf<Mode>('compat', 'exact', 'count'),
  seed: integerFlag,
  verbose: boolFlag,
  json: boolFlag,
  placements: boolFlag,
};

/** The names of all options, without dashes. */
export const simulateFlagNames: readonly string[] = Object.keys(flags);

export type SimulateValues = FlagValues<typeof flags>;

/** What a command line asks for. */
export interface Wish {
  readonly values: SimulateValues;
  readonly files: readonly string[];
}

/** @throws `invalid_flag` (usage). */
export function readSimulateFlags(args: readonly string[]): Wish {
  const { values, operands: files } = parseFlags(flags, args);
  const refuse = (why: string) => usageError('invalid_flag', why);
  const late = files.find((file) => file.startsWith('-'));
  if (late !== undefined) throw refuse(`${late}: options stand before the job files`);
  if (files.length === 0 && !values.pending && values.ask === undefined) {
    throw refuse('nothing is to be placed: name a job file, or give -ask or -pending');
  }
  if (values.nodes !== undefined) {
    if (values.pending) throw refuse('-pending reads a Nomad, and -nodes is in place of one');
    if (values.like !== undefined) throw refuse('-like reads a Nomad, and -nodes is in place of one');
  }
  if (values.placements && !values.json) throw refuse('-placements goes with -json');
  return { values, files };
}

/** What the template is to have instead of what its model has. */
export function templateChanges(values: SimulateValues): TemplateChanges {
  const changes = {
    cpuMhz: values['node-cpu'],
    memoryMb: values['node-memory'],
    diskMb: values['node-disk'],
    nodeClass: values['node-class'],
    nodePool: values['node-pool'],
    datacenter: values['node-datacenter'],
    attributes: values['node-attr'] && pairsOf('-node-attr', values['node-attr']),
    meta: values['node-meta'] && pairsOf('-node-meta', values['node-meta']),
  };
  return Object.fromEntries(Object.entries(changes).filter(([, value]) => value !== undefined));
}

/** @throws `invalid_flag` (usage). */
export const pairsOf = (flag: string, args: readonly string[]): Readonly<Record<string, string>> =>
  keyValues(args, (arg) => usageError('invalid_flag', `${flag}=${arg}: expected <name>=<value>`));
