/** The commands of the `nomad` command line by name. */
import { allocChecks } from '../alloc/checks.ts';
import { allocExec } from '../alloc/exec.ts';
import { allocFs } from '../alloc/fs.ts';
import { allocLogs } from '../alloc/logs.ts';
import { allocRestart, allocSignal } from '../alloc/restart.ts';
import { allocStatus } from '../alloc/status.ts';
import { allocStop } from '../alloc/stop.ts';
import {
  deploymentFail,
  deploymentPause,
  deploymentPromote,
  deploymentResume,
  deploymentUnblock,
} from '../deployment/change.ts';
import { deploymentList } from '../deployment/list.ts';
import { deploymentStatus } from '../deployment/status.ts';
import { evalDelete } from '../eval/delete.ts';
import { evalList } from '../eval/list.ts';
import { evalStatus } from '../eval/status.ts';
import { jobAllocs } from '../job/allocs.ts';
import { jobDeployments } from '../job/deployments.ts';
import { jobDispatch } from '../job/dispatch.ts';
import { jobEval } from '../job/eval.ts';
import { jobHistory } from '../job/history.ts';
import { jobInit } from '../job/init.ts';
import { jobInspect } from '../job/inspect.ts';
import { jobPeriodicForce } from '../job/periodic-force.ts';
import { jobPlan } from '../job/plan.ts';
import { jobPromote } from '../job/promote.ts';
import { jobRestart } from '../job/restart.ts';
import { jobRevert } from '../job/revert.ts';
import { jobRun } from '../job/run.ts';
import { jobScale } from '../job/scale.ts';
import { jobScalingEvents } from '../job/scaling-events.ts';
import { jobStart } from '../job/start.ts';
import { jobStatus } from '../job/status.ts';
import { jobStop } from '../job/stop.ts';
import { jobTagApply, jobTagUnset } from '../job/tag.ts';
import { jobValidate } from '../job/validate.ts';
import { namespaceApply, namespaceDelete, namespaceInspect, namespaceList } from '../namespace/commands.ts';
import { namespaceStatus } from '../namespace/status.ts';
import { nodeConfig } from '../node/config.ts';
import { nodeDrain } from '../node/drain.ts';
import { nodeEligibility } from '../node/eligibility.ts';
import { nodeMetaApply, nodeMetaRead } from '../node/meta.ts';
import { nodeStatus } from '../node/status.ts';
import * as pool from '../node-pool/commands.ts';
import * as operator from '../operator/commands.ts';
import { scalingPolicyInfo, scalingPolicyList } from '../scaling/policy.ts';
import { serverJoin, serverMembers } from '../server/members.ts';
import {
  aclBootstrap,
  aclPolicyApply,
  aclPolicyList,
  aclTokenCreate,
  aclTokenDelete,
  aclTokenList,
  aclTokenSelf,
} from '../system/acl.ts';
import { agentInfo, systemGc, systemReconcile, version } from '../system/commands.ts';
import { fmt } from '../system/fmt.ts';
import { pluginStatus, quotaList, serviceList, volumeStatus } from '../system/lists.ts';
import { status } from '../system/status.ts';
import { ui } from '../system/ui.ts';
import { varGet, varInit, varList, varPurge } from '../var/commands.ts';
import { varLock } from '../var/lock.ts';
import { varPut } from '../var/put.ts';
import type { NomadCommand } from './command.ts';

export const nomadCommands: Readonly<Record<string, NomadCommand>> = {
  'acl bootstrap': aclBootstrap,
  'acl policy apply': aclPolicyApply,
  'acl policy list': aclPolicyList,
  'acl token create': aclTokenCreate,
  'acl token delete': aclTokenDelete,
  'acl token list': aclTokenList,
  'acl token self': aclTokenSelf,
  'agent-info': agentInfo,
  'alloc checks': allocChecks,
  'alloc exec': allocExec,
  'alloc fs': allocFs,
  'alloc logs': allocLogs,
  'alloc restart': allocRestart,
  'alloc signal': allocSignal,
  'alloc status': allocStatus,
  'alloc stop': allocStop,
  'deployment fail': deploymentFail,
  'deployment list': deploymentList,
  'deployment pause': deploymentPause,
  'deployment promote': deploymentPromote,
  'deployment resume': deploymentResume,
  'deployment status': deploymentStatus,
  'deployment unblock': deploymentUnblock,
  'eval delete': evalDelete,
  'eval list': evalList,
  'eval status': evalStatus,
  fmt,
  'job allocs': jobAllocs,
  'job deployments': jobDeployments,
  'job dispatch': jobDispatch,
  'job eval': jobEval,
  'job history': jobHistory,
  'job init': jobInit,
  'job inspect': jobInspect,
  'job periodic force': jobPeriodicForce,
  'job plan': jobPlan,
  'job promote': jobPromote,
  'job restart': jobRestart,
  'job revert': jobRevert,
  'job run': jobRun,
  'job scale': jobScale,
  'job scaling-events': jobScalingEvents,
  'job start': jobStart,
  'job status': jobStatus,
  'job stop': jobStop,
  'job tag apply': jobTagApply,
  'job tag unset': jobTagUnset,
  'job validate': jobValidate,
  'namespace apply': namespaceApply,
  'namespace delete': namespaceDelete,
  'namespace inspect': namespaceInspect,
  'namespace list': namespaceList,
  'namespace status': namespaceStatus,
  'node config': nodeConfig,
  'node drain': nodeDrain,
  'node eligibility': nodeEligibility,
  'node meta apply': nodeMetaApply,
  'node meta read': nodeMetaRead,
  'node pool apply': pool.nodePoolApply,
  'node pool delete': pool.nodePoolDelete,
  'node pool info': pool.nodePoolInfo,
  'node pool init': pool.nodePoolInit,
  'node pool jobs': pool.nodePoolJobs,
  'node pool list': pool.nodePoolList,
  'node pool nodes': pool.nodePoolNodes,
  'node status': nodeStatus,
  'operator api': operator.operatorApi,
  'operator autopilot get-config': operator.autopilotGetConfig,
  'operator autopilot health': operator.autopilotHealth,
  'operator metrics': operator.operatorMetrics,
  'operator raft list-peers': operator.operatorListPeers,
  'operator scheduler get-config': operator.operatorGetConfig,
  'operator scheduler set-config': operator.operatorSetConfig,
  'plugin status': pluginStatus,
  'quota list': quotaList,
  'scaling policy info': scalingPolicyInfo,
  'scaling policy list': scalingPolicyList,
  'server join': serverJoin,
  'server members': serverMembers,
  'service list': serviceList,
  status,
  'system gc': systemGc,
  'system reconcile summaries': systemReconcile,
  ui,
  'var get': varGet,
  'var init': varInit,
  'var list': varList,
  'var lock': varLock,
  'var purge': varPurge,
  'var put': varPut,
  version,
  'volume status': volumeStatus,
};

/** Short and older spellings, and what they stand for. */
export const spellings: Readonly<Record<string, string>> = {
  'alloc-status': 'alloc status',
  'eval-status': 'eval status',
  init: 'job init',
  inspect: 'job inspect',
  logs: 'alloc logs',
  'node-drain': 'node drain',
  'node-status': 'node status',
  plan: 'job plan',
  run: 'job run',
  'server-members': 'server members',
  stop: 'job stop',
  validate: 'job validate',
};
