/** Operators' decisions about deployments. Compat: spec nomad-api.md D4; the order of the checks is as recorded. */
import type { Deployment } from '../../nomad/evaluation-types.ts';
import { isActive } from '../allocation.ts';
import type { Deployments, DeploymentWrite } from '../deployments.ts';
import { Input } from '../jobspec/input.ts';
import { Refusal } from '../refusal.ts';
import type { Call } from './call.ts';
import { type ApiResponse, jsonReply } from './http.ts';
import { checkId } from './listing.ts';
import type { ApiParts } from './parts.ts';
import { byMethod, type FamilyHandler } from './router.ts';

interface Action {
  /** What cannot be done to a finished one. */
  readonly verb: string;
  /** Reads the body before the deployment is looked for. */
  readonly read: (input: Input) => (deployments: Deployments, deployment: Deployment) => DeploymentWrite;
  /** Any body will do. */
  readonly ignoresBody?: boolean;
}

const actions: Readonly<Record<string, Action>> = {
  fail: { verb: 'fail', ignoresBody: true, read: () => (all, one) => all.fail(one, 'Deployment marked as failed') },
  promote: { verb: 'promote', read: promote },
  pause: { verb: 'pause', read: (input) => (all, one) => all.pause(one, input.flag('Pause')) },
  unblock: { verb: 'unblock', read: () => unblock },
  'allocation-health': { verb: 'set health of allocations for a', read: judge },
};

/** By the path in front of the ID. */
export function deploymentWrites(parts: ApiParts): Readonly<Record<string, FamilyHandler>> {
  return Object.fromEntries(
    Object.entries(actions).map(([name, action]) => [
      `/v1/deployment/${name}/`,
      (call: Call, id: string) => byMethod(call, { write: () => write(parts, call, id, action) }),
    ]),
  );
}

function write({ store, deployments }: ApiParts, call: Call, id: string, action: Action): ApiResponse {
  const input = new Input(action.ignoresBody ? {} : call.json());
  if (!action.ignoresBody) {
    if (input.text('DeploymentID') === '') throw new Refusal(400, 'DeploymentID must be specified');
    if (input.text('DeploymentID') !== id) throw new Refusal(400, 'Deployment ID does not match');
  }
  const decide = action.read(input);
  checkId(id, 'deployment lookup failed: ');
  const deployment = store.state.deployments.get(id);
  if (deployment === undefined) throw new Refusal(500, 'deployment not found');
  if (!isActive(deployment)) throw new Refusal(500, `can't ${action.verb} terminal deployment`);
  const { index, evaluationId, revertedVersion } = decide(deployments, deployment);
  const reply = {
    ...{ EvalID: evaluationId, EvalCreateIndex: evaluationId === '' ? 0 : index },
    ...{ DeploymentModifyIndex: index, RevertedJobVersion: revertedVersion ?? null, Index: index },
  };
  return jsonReply(reply, false, { 'X-Nomad-Index': String(index) });
}

function promote(input: Input) {
  const groups = input.texts('Groups') ?? [];
  const isWanted = input.flag('All') ? () => true : (group: string) => groups.includes(group);
  return (all: Deployments, one: Deployment) => all.promote(one, isWanted);
}

function unblock(): never {
  throw new Refusal(500, "can't unblock deployment that is not blocked");
}

function judge(input: Input) {
  const healthy = input.texts('HealthyAllocationIDs') ?? [];
  const unhealthy = input.texts('UnhealthyAllocationIDs') ?? [];
  if (healthy.length + unhealthy.length === 0) {
    throw new Refusal(500, 'must specify at least one healthy/unhealthy allocation ID');
  }
  return (all: Deployments, one: Deployment) => all.judge(one, { healthy, unhealthy });
}
