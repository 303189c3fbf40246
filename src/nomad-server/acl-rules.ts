/** What an ACL policy says; pure. Source: Nomad's documentation of ACL policies; spec nomad-api.md §1.9. */
import { parseHcl, parseHclJson } from '../hcl/parse.ts';
import { type Diagnostic, type Report, Source } from '../lib/source.ts';
import type { Block, BodyShape } from '../schema/document.ts';

export interface Paths {
  readonly Paths: readonly { readonly PathSpec: string; readonly Capabilities: readonly string[] }[];
}

export interface NamespaceRule {
  /** May hold `*`. */
  readonly Name: string;
  readonly Policy: string;
  /** Those that are written, and those of the policy. */
  readonly Capabilities: readonly string[];
  readonly Variables: Paths | null;
}

export interface NamedRule {
  readonly Name: string;
  readonly Policy: string;
  readonly Capabilities: readonly string[];
}

export interface CoarseRule {
  readonly Policy: string;
}

/** In the form of the API. */
export interface Rules {
  readonly Namespaces: readonly NamespaceRule[] | null;
  readonly NodePools: readonly NamedRule[] | null;
  readonly HostVolumes: readonly NamedRule[] | null;
  readonly Agent: CoarseRule | null;
  readonly Node: CoarseRule | null;
  readonly Operator: (CoarseRule & { readonly Capabilities: readonly string[] }) | null;
  readonly Quota: CoarseRule | null;
  readonly Plugin: CoarseRule | null;
  readonly Sentinel: null;
  readonly ExtraKeysHCL: null;
  readonly Raw: string;
}

const readJobs = [
  ...['list-jobs', 'parse-job', 'read-job', 'csi-list-volume', 'csi-read-volume', 'read-job-scaling'],
  ...['list-scaling-policies', 'read-scaling-policy', 'host-volume-read'],
];
const ofNamespacePolicy: Readonly<Record<string, readonly string[]>> = {
  deny: ['deny'],
  read: readJobs,
  write: [
    ...readJobs,
    ...['scale-job', 'submit-job', 'dispatch-job', 'read-logs', 'read-fs', 'alloc-exec', 'alloc-lifecycle'],
    ...['csi-mount-volume', 'csi-write-volume', 'submit-recommendation', 'host-volume-create'],
  ],
  scale: [
    ...['list-scaling-policies', 'read-scaling-policy', 'read-job-scaling', 'scale-job', 'read-job'],
    'submit-recommendation',
  ],
};
const ofPoolPolicy: Readonly<Record<string, readonly string[]>> = {
  deny: ['deny'],
  read: ['read'],
  write: ['delete', 'read', 'write'],
};
const ofVolumePolicy: Readonly<Record<string, readonly string[]>> = {
  deny: ['deny'],
  read: ['mount-readonly'],
  write: ['mount-readonly', 'mount-readwrite'],
};
const ofOperatorPolicy: Readonly<Record<string, readonly string[]>> = {
  deny: ['deny'],
  read: ['license-read', 'keyring-read'],
  write: ['license-read', 'keyring-read', 'snapshot-save'],
};

const coarse = ['agent', 'node', 'operator', 'quota', 'plugin'] as const;
const fileShape: BodyShape = {
  attributes: [],
  blocks: [
    ...['namespace', 'node_pool', 'host_volume'].map((type) => ({ type, labels: ['name'] })),
    ...coarse.map((type) => ({ type, labels: [] })),
  ],
};
const ruleShape: BodyShape = {
  attributes: ['policy', 'capabilities'],
  blocks: [{ type: 'variables', labels: [] }],
};

/** @returns the rules, or what is wrong with them as Nomad says it. */
export function parseRules(text: string): Rules | { readonly problem: string } {
  const found: Diagnostic[] = [];
  const report: Report = (diagnostic) => found.push(diagnostic);
  const source = new Source('rules', text);
  const { body, diagnostics } = (text.trimStart().startsWith('{') ? parseHclJson : parseHcl)(source);
  for (const one of diagnostics) report(one);
  const blocks = found.length > 0 ? [] : body.content(fileShape, report).blocks;
  const rules = blocks.map((block) => ruleOf(block, report));
  const [first] = found;
  if (first !== undefined)
    return { problem: `failed to parse rules: Failed to parse ACL Policy: ${said(first, text)}` };
  const named = (type: string, implied: typeof ofPoolPolicy) => {
    const all = rules.filter((one) => one.type === type).map((one) => withImplied(one, implied));
    return all.length === 0 ? null : all.map(({ Variables: _, ...rule }) => rule);
  };
  const single = (type: (typeof coarse)[number]): CoarseRule | null => {
    const rule = rules.find((one) => one.type === type);
    return rule === undefined ? null : { Policy: rule.policy };
  };
  const namespaces = rules.filter((one) => one.type === 'namespace');
  const operator = rules.find((one) => one.type === 'operator');
  return {
    Namespaces: namespaces.length === 0 ? null : namespaces.map((one) => withImplied(one, ofNamespacePolicy)),
    ...{ NodePools: named('node_pool', ofPoolPolicy), HostVolumes: named('host_volume', ofVolumePolicy) },
    Operator: operator === undefined ? null : operatorRule(operator),
    ...{ Agent: single('agent'), Node: single('node'), Quota: single('quota'), Plugin: single('plugin') },
    ...{ Sentinel: null, ExtraKeysHCL: null, Raw: text },
  };
}

const policies = ['deny', 'list', 'read', 'write', 'scale'];

interface Written {
  readonly type: string;
  readonly name: string;
  readonly policy: string;
  readonly capabilities: readonly string[];
  readonly variables: Paths | null;
}

function ruleOf(block: Block, report: Report): Written {
  const { attributes, blocks } = block.body.content(ruleShape, report);
  const policy = attributes.get('policy')?.evaluate(report);
  const capabilities = attributes.get('capabilities')?.evaluate(report);
  const paths = blocks.flatMap((one) => pathsOf(one, report));
  if (policy !== undefined && !policies.includes(String(policy))) {
    const summary = `Invalid ${block.type} policy: ${JSON.stringify(policy)}`;
    report({ severity: 'error', summary, detail: '', range: block.range });
  }
  return {
    ...{ type: block.type, name: block.labels[0] ?? '', policy: typeof policy === 'string' ? policy : '' },
    capabilities: Array.isArray(capabilities) ? capabilities.map(String) : [],
    variables: blocks.length === 0 ? null : { Paths: paths },
  };
}

function pathsOf(variables: Block, report: Report): Paths['Paths'] {
  const shape: BodyShape = { attributes: [], blocks: [{ type: 'path', labels: ['path'] }] };
  return variables.body.content(shape, report).blocks.map((path) => {
    const { capabilities } = ruleOf(path, report);
    const mayList = capabilities.includes('read') && !capabilities.includes('list');
    return { PathSpec: path.labels[0] ?? '', Capabilities: mayList ? [...capabilities, 'list'] : capabilities };
  });
}

function withImplied(rule: Written, implied: Readonly<Record<string, readonly string[]>>): NamespaceRule {
  const Capabilities = [...new Set([...rule.capabilities, ...(implied[rule.policy] ?? [])])];
  return { Name: rule.name, Policy: rule.policy, Capabilities, Variables: rule.variables };
}

function operatorRule(rule: Written): Rules['Operator'] {
  const { Policy, Capabilities } = withImplied(rule, ofOperatorPolicy);
  return { Policy, Capabilities };
}

/** Compat: the older parser's text for the brace that is missing, with its place behind the end. */
function said(found: Diagnostic, text: string): string {
  const lines = text.split('\n');
  if (found.summary === 'Unclosed configuration block') {
    return `At ${lines.length}:${(lines.at(-1)?.length ?? 0) + 2}: object expected closing RBRACE got: EOF`;
  }
  return found.detail === '' ? found.summary : `${found.summary}; ${found.detail}`;
}
