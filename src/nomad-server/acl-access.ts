/** What the bearer of a token may do; pure. Source: Nomad's documentation of ACL policies; spec nomad-api.md §1.9. */
import type { CoarseRule, NamespaceRule, Rules } from './acl-rules.ts';

export type Level = 'read' | 'write';

export interface Access {
  readonly isManagement: boolean;
  /** @param namespace  `*` asks whether there is any. @param capabilities  one of these is enough. */
  namespace(namespace: string, ...capabilities: readonly string[]): boolean;
  /** It has any right in it. */
  seesNamespace(namespace: string): boolean;
  variable(namespace: string, path: string, capability: 'list' | 'read' | 'write' | 'destroy'): boolean;
  nodePool(name: string, capability: 'read' | 'write' | 'delete'): boolean;
  node(level: Level): boolean;
  agent(level: Level): boolean;
  operator(level: Level): boolean;
}

const yes = () => true;

/** Of management tokens, and of everybody while there are no ACLs. */
export const fullAccess: Access = {
  ...{ isManagement: true, namespace: yes, seesNamespace: yes, variable: yes, nodePool: yes },
  ...{ node: yes, agent: yes, operator: yes },
};

/** What several policies allow together. */
export function accessOf(policies: readonly Rules[]): Access {
  const namespaces = policies.flatMap((one) => one.Namespaces ?? []);
  const pools = policies.flatMap((one) => one.NodePools ?? []);
  const rulesOf = (namespace: string) =>
    namespace === '*'
      ? namespaces.filter(({ Capabilities }) => !isDenied(Capabilities))
      : nearest(namespaces, namespace);
  const namespaceAllows = (namespace: string, wanted: readonly string[]) => {
    const has = capabilitiesOf(rulesOf(namespace));
    return wanted.some((one) => has.includes(one));
  };
  const coarse = (pick: (rules: Rules) => CoarseRule | null) => {
    const written = policies.flatMap((one) => pick(one)?.Policy ?? []);
    const isWriter = written.includes('write');
    return (level: Level) => !isDenied(written) && (isWriter || (level === 'read' && written.includes('read')));
  };
  return {
    isManagement: false,
    namespace: (namespace, ...capabilities) => namespaceAllows(namespace, capabilities),
    seesNamespace: (namespace) => rulesOf(namespace).some(hasRight),
    variable: (namespace, path, capability) =>
      rulesOf(namespace).some((rule) => {
        const paths = (rule.Variables?.Paths ?? []).map((one) => ({ ...one, Name: one.PathSpec }));
        return capabilitiesOf(path === '*' ? paths : nearest(paths, path)).includes(capability);
      }),
    nodePool: (name, capability) => capabilitiesOf(nearest(pools, name)).includes(capability),
    node: coarse((one) => one.Node),
    agent: coarse((one) => one.Agent),
    operator: coarse((one) => one.Operator),
  };
}

const hasRight = (rule: NamespaceRule): boolean =>
  !isDenied(rule.Capabilities) && (rule.Capabilities.length > 0 || rule.Variables !== null);

const isDenied = (capabilities: readonly string[]): boolean => capabilities.includes('deny');

/** Who is denied anything has nothing. */
function capabilitiesOf(rules: readonly { readonly Capabilities: readonly string[] }[]): readonly string[] {
  const all = rules.flatMap((one) => one.Capabilities);
  return isDenied(all) ? [] : all;
}

/** The rules of exactly this name, else those of the pattern that leaves the least of it to `*`. */
function nearest<Rule extends { readonly Name: string }>(rules: readonly Rule[], name: string): readonly Rule[] {
  const exact = rules.filter((one) => one.Name === name);
  if (exact.length > 0) return exact;
  const fitting = rules.filter((one) => one.Name.includes('*') && fits(one.Name, name));
  const most = Math.max(...fitting.map((one) => literals(one.Name)));
  return fitting.filter((one) => literals(one.Name) === most);
}

const literals = (pattern: string): number => pattern.replaceAll('*', '').length;

/** Without a regular expression: patterns are strangers' text, and must not be slow. */
function fits(pattern: string, name: string): boolean {
  const [first = '', ...parts] = pattern.split('*');
  const last = parts.pop() ?? '';
  if (!name.startsWith(first) || !name.endsWith(last) || name.length < first.length + last.length) return false;
  let at = first.length;
  for (const part of parts) {
    const found = name.indexOf(part, at);
    if (found < 0) return false;
    at = found + part.length;
  }
  return at <= name.length - last.length;
}
