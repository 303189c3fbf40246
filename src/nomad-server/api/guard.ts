/** Which right each call needs. What is not named here is for management alone. Compat: spec nomad-api.md §1.9. */
import { type Acl, MalformedToken } from '../acl.ts';
import type { Access } from '../acl-access.ts';
import type { AclToken } from '../acl-records.ts';
import { Input } from '../jobspec/input.ts';
import { Refusal } from '../refusal.ts';
import type { Call } from './call.ts';
import type { ApiParts } from './parts.ts';
import { submittedNamespace } from './submitted-job.ts';

export type Guard = (call: Call) => void;

interface Asked {
  readonly call: Call;
  readonly access: Access;
  readonly parts: ApiParts;
  /** What the pattern's groups matched. */
  readonly groups: readonly string[];
}

type Rule = readonly [pattern: RegExp, allows: (asked: Asked) => boolean];

/** Needs no token, not even a good one. */
const open = () => true;
/** Any good token will do, or none: the handler looks itself at what it shows. */
const heldByHandler = () => true;
const isRead = ({ method }: Call): boolean => method === 'GET';
const level = (call: Call) => (isRead(call) ? 'read' : 'write');

/** In their order; the first whose pattern fits decides. */
const rules: readonly Rule[] = [
  [/^\/(ui\/.*)?$/, open],
  [/^\/v1\/(status\/.*|regions|agent\/health|metrics)$/, open],
  [/^\/v1\/(vars|event\/stream|search(\/fuzzy)?|acl\/.*)$/, heldByHandler],
  [/^\/v1\/(namespaces|node\/pools)$/, ({ call, access }) => isRead(call) || access.isManagement],
  [/^\/v1\/namespace\/(.*)$/, ({ call, access, groups }) => isRead(call) && access.seesNamespace(groups[0] ?? '')],
  [
    /^\/v1\/node\/pool\/([^/]*)\/nodes$/,
    ({ access, groups }) => access.nodePool(groups[0] ?? '', 'read') && access.node('read'),
  ],
  [/^\/v1\/node\/pool\/([^/]*)/, ({ call, access, groups }) => access.nodePool(groups[0] ?? '', poolRight(call))],
  [/^\/v1\/(nodes$|node\/)/, ({ call, access }) => access.node(level(call))],
  [/^\/v1\/(agent\/(members|servers)|client\/(stats|metadata|gc))$/, ({ call, access }) => access.node(level(call))],
  [/^\/v1\/agent\//, ({ call, access }) => access.agent(level(call))],
  [/^\/v1\/operator\/(scheduler|autopilot)\//, ({ call, access }) => access.operator(level(call))],
  [/^\/v1\/(volumes|plugins|services|service\/.*)$/, (asked) => inNamespace(asked, 'csi-list-volume', 'read-job')],
  [/^\/v1\/scaling\/policies$/, (asked) => inNamespace(asked, 'list-scaling-policies', 'list-jobs')],
  [
    /^\/v1\/scaling\/policy\/(.*)$/,
    (asked) => inNamespace(asked, ...readsPolicies) && owns(asked, policyNamespace(asked), ...readsPolicies),
  ],
  [/^\/v1\/jobs$/, (asked) => (isRead(asked.call) ? inNamespace(asked, 'list-jobs') : inJob(asked, 'submit-job'))],
  [/^\/v1\/jobs\/parse$/, (asked) => inNamespace(asked, 'parse-job', 'submit-job')],
  [/^\/v1\/validate\/job$/, (asked) => inJob(asked, 'read-job')],
  [/^\/v1\/job\/.*\/scale$/, (asked) => inNamespace(asked, ...scaleRights(asked.call))],
  [/^\/v1\/job\/.*\/dispatch(\/payload)?$/, (asked) => inNamespace(asked, 'dispatch-job')],
  [/^\/v1\/job\/.*\/plan$/, (asked) => inJob(asked, 'submit-job')],
  [/^\/v1\/job\//, (asked) => (isRead(asked.call) ? readsJobs(asked) : submits(asked))],
  [/^\/v1\/(allocations|deployments|evaluations(\/count)?)$/, (asked) => isRead(asked.call) && readsJobs(asked)],
  [/^\/v1\/evaluation\/([^/]*)/, (asked) => readsJobs(asked) && owns(asked, evaluationNamespace(asked), 'read-job')],
  [
    /^\/v1\/deployment\/(?:.*\/)?([^/]*)$/,
    (asked) => ofDeployment(asked, isRead(asked.call) ? 'read-job' : 'submit-job'),
  ],
  [/^\/v1\/allocation\/([^/]*)/, (asked) => ofAllocation(asked, isRead(asked.call) ? 'read-job' : 'alloc-lifecycle')],
  [/^\/v1\/client\/fs\/logs\/([^/]*)/, (asked) => ofAllocation(asked, 'read-logs', 'read-fs')],
  [/^\/v1\/client\/fs\/[a-z]+\/([^/]*)/, (asked) => ofAllocation(asked, 'read-fs')],
  [/^\/v1\/client\/allocation\/([^/]*)\/(stats|checks)$/, (asked) => ofAllocation(asked, 'read-job')],
  [/^\/v1\/client\/allocation\/([^/]*)\/exec$/, (asked) => ofAllocation(asked, 'alloc-exec')],
  [/^\/v1\/client\/allocation\/([^/]*)\//, (asked) => ofAllocation(asked, 'alloc-lifecycle')],
  [
    /^\/v1\/var\/(.*)$/,
    ({ call, access, groups }) => access.variable(variableNamespace(call), groups[0] ?? '', variableRight(call)),
  ],
];

/** @returns what refuses calls that the asking side's token does not allow, and tells the others what they may see. */
export function guardOf(parts: ApiParts): Guard {
  const { acl } = parts;
  if (!acl.isEnabled) return () => undefined;
  return (call) => {
    // As it stands, like the router: an encoded slash must not look like another call's.
    const { path } = call;
    const rule = ruleFor(path);
    if (rule?.allows === open) return;
    const token = tokenOf(acl, call);
    const access = acl.accessOf(token);
    call.access = access;
    call.accessor = token.AccessorID;
    const isAllowed = access.isManagement || rule?.allows({ call, access, parts, groups: rule.groups.map(decoded) });
    if (isAllowed) return;
    const headers = path.startsWith('/v1/var/') && !isRead(call) ? { 'X-Nomad-Index': '0' } : {};
    throw new Refusal(403, 'Permission denied', headers);
  };
}

/** Where tasks really run no page of the web may start any: browsers say which page asks, and nobody else does. */
export function withoutPages(guard: Guard): Guard {
  return (call) => {
    if (!isRead(call) && call.request.headers['origin'] !== undefined) {
      throw new Refusal(403, 'web pages may not write where tasks really run');
    }
    guard(call);
  };
}

const decoded = (group: string | undefined): string => decodeURIComponent(group ?? '');

function ruleFor(path: string): { readonly allows: Rule[1]; readonly groups: readonly string[] } | undefined {
  for (const [pattern, allows] of rules) {
    const match = pattern.exec(path);
    if (match !== null) return { allows, groups: match.slice(1) };
  }
  return undefined;
}

function tokenOf(acl: Acl, { path, secret }: Call): AclToken {
  try {
    return acl.tokenOf(secret);
  } catch (error) {
    throw error instanceof Refusal ? unknownToken(error, path) : error;
  }
}

/** Compat: some calls say why they cannot read a token, others only refuse it. */
const readers: Readonly<Record<string, string>> = {
  '/v1/agent/self': 'ACL token not found or invalid workload identity: ',
  '/v1/acl/token/self': '',
  '/v1/client/stats': 'rpc error: ',
};

function unknownToken(error: Refusal, path: string): Refusal {
  const lead = error instanceof MalformedToken ? readers[path] : undefined;
  return lead === undefined ? new Refusal(403, 'Permission denied') : new Refusal(500, `${lead}${error.message}`);
}

const inNamespace = ({ call, access }: Asked, ...capabilities: readonly string[]): boolean =>
  access.namespace(call.namespace, ...capabilities);

const readsJobs = (asked: Asked): boolean => inNamespace(asked, 'read-job');

/** The namespace of the object counts, whatever the request says. */
const owns = ({ access }: Asked, namespace: string | undefined, ...capabilities: readonly string[]): boolean =>
  namespace === undefined || access.namespace(namespace, ...capabilities);

const readsPolicies = ['read-scaling-policy', 'read-job'] as const;

const policyNamespace = ({ parts, groups }: Asked): string | undefined =>
  parts.store.state.policies.get(groups[0] ?? '')?.Target?.['Namespace'];

const evaluationNamespace = ({ parts, groups }: Asked): string | undefined =>
  parts.store.state.evaluations.get(groups[0] ?? '')?.Namespace;

function ofDeployment(asked: Asked, capability: string): boolean {
  const namespace = asked.parts.store.state.deployments.get(asked.groups[0] ?? '')?.Namespace;
  return inNamespace(asked, capability) && owns(asked, namespace, capability);
}

/** One that is not there may be asked for by everybody. */
function ofAllocation({ parts, access, groups }: Asked, ...capabilities: readonly string[]): boolean {
  const found = parts.store.allocation(groups[0] ?? '');
  return found === undefined || access.namespace(found.Namespace, ...capabilities);
}

/** A submitted job may name its namespace itself. */
function inJob({ call, access }: Asked, capability: string): boolean {
  const body = new Input(call.request.body === '' ? undefined : call.json());
  return access.namespace(submittedNamespace(call, body, body.object('Job')), capability);
}

/** Some writes go to the namespace of the request, some to that of the body. */
const submits = (asked: Asked): boolean => inNamespace(asked, 'submit-job') && inJob(asked, 'submit-job');

/** The body's beats the request's. */
function variableNamespace(call: Call): string {
  const isWrite = call.method === 'PUT' || call.method === 'POST';
  if (!isWrite || call.request.body === '') return call.namespace;
  return new Input(call.json()).text('Namespace') || call.namespace;
}

const scaleRights = (call: Call) => (isRead(call) ? ['read-job-scaling', 'read-job'] : ['scale-job', 'submit-job']);

const poolRight = ({ method }: Call) => (method === 'GET' ? 'read' : method === 'DELETE' ? 'delete' : 'write');

const variableRight = ({ method }: Call) => (method === 'GET' ? 'read' : method === 'DELETE' ? 'destroy' : 'write');
