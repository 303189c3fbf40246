/** The door for plugins that ask Nomad: its settings, one shared client, and what it says. Further down: plain HTTP. */
export { type NomadClient, NomadError, nomadClient, nomadRefusal } from '../nomad/client.ts';
export type { Reservation, RunningAllocation } from '../nomad/job-parts.ts';
export type { GroupStatus, JobStatus } from '../nomad/job-status.ts';
export { activeDeploymentText, type JobRef, scaleJob } from '../nomad/jobs.ts';
export type { NodeListStub } from '../nomad/node-types.ts';
export type { NodeCapacity } from '../nomad/node-view.ts';
export type { JobScaleStatus, ScalingRequest } from '../nomad/scaling-types.ts';
export type { NomadSettings } from '../nomad/settings.ts';
export { type OwnNomad, openNomad, type SharedNomad, shareNomad } from '../nomad/shared.ts';
export {
  type HttpAnswer,
  type HttpRequest,
  type OpenTransport,
  openTransport,
  type TlsMaterial,
  type Transport,
} from '../nomad/transport.ts';
export type { AllocationUsage, UsageView } from '../nomad/usage-view.ts';
export type { WaitingGroup, WaitingView } from '../nomad/waiting-view.ts';
export { type NomadConfig, nomadFields, nomadSettings } from './nomad-config.ts';
