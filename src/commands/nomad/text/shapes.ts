/** Objects as `-json` prints them: what Nomad's command line knows of them, and not all that the API says. */
import type { Allocation, AllocStub } from '../../../nomad/allocation-types.ts';
import type { Deployment, Evaluation } from '../../../nomad/evaluation-types.ts';
import type { Node } from '../../../nomad/node-types.ts';
import type { Job } from '../../../nomad/types.ts';

export const asAllocationStub = (stub: AllocStub): unknown => stub;
export const asAllocation = (allocation: Allocation): unknown => allocation;
export const asDeployment = (deployment: Deployment): unknown => deployment;
export const asEvaluation = (evaluation: Evaluation): unknown => evaluation;
export const asNode = (node: Node): unknown => node;
export const asJob = (job: Job): unknown => job;
