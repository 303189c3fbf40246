/** Nodes: list, read, drain, eligibility, purge. Compat: spec nomad-api.md §7, §12. */
import { goBool } from '../../lib/go-bool.ts';
import type { DrainSpec, Node, NodeListStub } from '../../nomad/node-types.ts';
import { Input } from '../jobspec/input.ts';
import type { NodeWrite } from '../nodes.ts';
import { Refusal } from '../refusal.ts';
import { watchKey } from '../watch.ts';
import { allocationJson } from './allocation-json.ts';
import { answer } from './blocking.ts';
import { type Call, notABool } from './call.ts';
import { type ApiResponse, jsonReply } from './http.ts';
import { checkId, checkIdPrefix, pageOf, perPage } from './listing.ts';
import { withOldResources } from './older-forms.ts';
import type { ApiParts } from './parts.ts';
import { byMethod, type Routes } from './router.ts';

const lead = 'node lookup failed: ';

export function nodeRoutes(parts: ApiParts): Routes {
  return {
    exact: { '/v1/nodes': (call) => byMethod(call, { read: () => list(parts, call) }) },
    families: { '/v1/node/': (call, rest) => oneNode(parts, call, rest) },
  };
}

function oneNode(parts: ApiParts, call: Call, rest: string): ApiResponse | Promise<ApiResponse> {
  const cut = rest.lastIndexOf('/');
  const id = decodeURIComponent(cut < 0 ? rest : rest.slice(0, cut));
  switch (cut < 0 ? '' : rest.slice(cut)) {
    case '/allocations':
      return byMethod(call, { read: () => allocations(parts, call, id) });
    case '/drain':
      return byMethod(call, { write: () => drain(parts, call, id) });
    case '/eligibility':
      return byMethod(call, { write: () => eligibility(parts, call, id) });
    case '/purge':
      return byMethod(call, { write: () => purge(parts, id) });
    case '/evaluate':
      return byMethod(call, { write: () => evaluate(parts, id) });
    default:
      return byMethod(call, { read: () => read(parts, call, decodeURIComponent(rest)) });
  }
}

function list({ reader, store }: ApiParts, call: Call): Promise<ApiResponse> {
  const { nodes } = store.state;
  const fields = { resources: listFlag(call, 'resources'), os: listFlag(call, 'os') };
  checkIdPrefix(call.prefix, 'node');
  perPage(call);
  return answer(reader, call, {
    keys: ['nodes'],
    index: () => nodes.index,
    read: () => {
      const rows = [...nodes.sorted()].filter((node) => node.ID.startsWith(call.prefix));
      const page = pageOf(call, { rows, token: (node) => node.ID });
      return { value: page.rows.map((node) => nodeStub(node, fields)), nextToken: page.nextToken };
    },
  });
}

function listFlag(call: Call, name: string): boolean {
  const text = call.query.get(name) ?? '';
  if (text === '') return false;
  const value = goBool(text);
  if (value !== undefined) return value;
  throw new Refusal(400, `Failed to parse node list fields: ${notABool(`"${name}"`, text)}`);
}

export function nodeStub(node: Node, fields: { readonly resources: boolean; readonly os: boolean }): NodeListStub {
  return {
    Address: node.HTTPAddr.slice(0, node.HTTPAddr.lastIndexOf(':')),
    ...{
      ID: node.ID,
      Datacenter: node.Datacenter,
      Name: node.Name,
      NodePool: node.NodePool,
      NodeClass: node.NodeClass,
    },
    Version: node.Attributes['nomad.version'] ?? '',
    ...{ Drain: node.Drain, SchedulingEligibility: node.SchedulingEligibility, Status: node.Status },
    ...{ StatusDescription: node.StatusDescription, Drivers: node.Drivers, HostVolumes: node.HostVolumes },
    ...{ LastDrain: node.LastDrain, CreateIndex: node.CreateIndex, ModifyIndex: node.ModifyIndex },
    ...(fields.resources ? { NodeResources: node.NodeResources, ReservedResources: node.ReservedResources } : {}),
    ...(fields.os ? { Attributes: { 'os.name': node.Attributes['os.name'] ?? '' } } : {}),
  };
}

function read({ reader, store, identity }: ApiParts, call: Call, id: string): Promise<ApiResponse> {
  checkId(id, lead);
  return answer(reader, call, {
    keys: [watchKey.node(id)],
    index: () => store.node(id)?.ModifyIndex ?? store.state.nodes.index,
    read: () => {
      const value = store.node(id);
      if (value === undefined) return { missing: 'node not found' };
      return { value: identity.legacy ? withOldResources(value) : value };
    },
  });
}

/** A node that is not there has none, whatever its ID looks like. */
function allocations({ reader, store }: ApiParts, call: Call, id: string): Promise<ApiResponse> {
  const rows = () => [...store.allocationsOfNode(id)].filter((one) => call.access.namespace(one.Namespace, 'read-job'));
  return answer(reader, call, {
    keys: [watchKey.allocationsOfNode(id)],
    index: () =>
      rows().reduce((index, one) => Math.max(index, one.ModifyIndex), 0) || store.state.allocations.index || 1,
    read: () => ({ value: rows().map(allocationJson) }),
  });
}

function find({ store }: ApiParts, id: string): Node {
  checkId(id, lead);
  const node = store.node(id);
  if (node === undefined) throw new Refusal(500, 'node not found');
  return node;
}

function drain(parts: ApiParts, call: Call, id: string): ApiResponse {
  const enable = call.query.get('enable');
  const isOldForm = parts.identity.legacy && call.request.body === '' && enable !== null;
  const input = isOldForm ? undefined : new Input(call.json());
  const spec = input === undefined ? oldDrainSpec(enable === 'true') : drainSpec(input.object('DrainSpec'));
  const markEligible = input?.flag('MarkEligible') ?? enable !== 'true';
  const meta = input?.strings('Meta') ?? null;
  const write = parts.nodes.setDrain(find(parts, id), { spec, markEligible, meta, accessor: call.accessor });
  return nodeReply(write, write.index);
}

/** The drain of old walkthroughs has no body and is forced. */
function oldDrainSpec(enable: boolean): DrainSpec | null {
  return enable ? { Deadline: -1, IgnoreSystemJobs: false } : null;
}

function drainSpec(input: Input | undefined): DrainSpec | null {
  if (input === undefined) return null;
  if (input.has('Deadline') && typeof input.value('Deadline') !== 'number') {
    const what = typeof input.value('Deadline');
    throw new Refusal(
      400,
      `json: cannot unmarshal ${what} into Go struct field DrainSpec.DrainSpec.Deadline of type time.Duration`,
    );
  }
  return { Deadline: input.number('Deadline'), IgnoreSystemJobs: input.flag('IgnoreSystemJobs') };
}

function eligibility(parts: ApiParts, call: Call, id: string): ApiResponse {
  const wanted = new Input(call.json()).text('Eligibility');
  checkId(id, lead);
  if (wanted !== 'eligible' && wanted !== 'ineligible') {
    throw new Refusal(500, `invalid scheduling eligibility "${wanted}"`);
  }
  const node = find(parts, id);
  if (wanted === 'eligible' && node.DrainStrategy !== null) {
    throw new Refusal(500, "can not set node's scheduling eligibility to eligible while it is draining");
  }
  const write = parts.nodes.setEligibility(node, wanted);
  return nodeReply(write ?? { index: 0, evaluationIds: [] }, 0);
}

function nodeReply(write: NodeWrite, nodeModifyIndex: number): ApiResponse {
  const reply = { ...evaluated(write), NodeModifyIndex: nodeModifyIndex, Index: write.index };
  return jsonReply(reply, false, { 'X-Nomad-Index': String(write.index) });
}

function evaluated({ evaluationIds, index }: NodeWrite) {
  const some = evaluationIds.length > 0;
  return { EvalIDs: some ? evaluationIds : null, EvalCreateIndex: some ? index : 0 };
}

function purge(parts: ApiParts, id: string): ApiResponse {
  const write = parts.nodes.purge(find(parts, id));
  return updateReply(write, {
    NodeModifyIndex: write.index,
    LeaderRPCAddr: '',
    NumNodes: 0,
    SchedulingEligibility: '',
    Servers: null,
  });
}

function evaluate(parts: ApiParts, id: string): ApiResponse {
  const node = find(parts, id);
  const { rpcAddress, datacenter } = parts.identity;
  const server = { RPCAdvertiseAddr: rpcAddress, RPCMajorVersion: 0, RPCMinorVersion: 0, Datacenter: datacenter };
  return updateReply(parts.nodes.evaluate(node), {
    ...{ NodeModifyIndex: 0, LeaderRPCAddr: rpcAddress, NumNodes: parts.store.state.nodes.size },
    ...{ SchedulingEligibility: node.SchedulingEligibility, Servers: [server] },
  });
}

function updateReply(write: NodeWrite, facts: Readonly<Record<string, unknown>>): ApiResponse {
  const common = {
    Features: 0,
    HeartbeatTTL: 0,
    KnownLeader: false,
    LastContact: 0,
    NextToken: '',
    SignedIdentity: null,
  };
  const reply = { ...evaluated(write), ...common, ...facts, Index: write.index };
  return jsonReply(reply, false, { 'X-Nomad-Index': String(write.index) });
}
