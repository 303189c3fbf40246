/** What a policy's target block says about its pool. Source: spec cluster-scaling.md §2. */
import { block, bool, duration, oneOf, optional, text } from '../schema/field.ts';
import type { Infer } from '../schema/schema.ts';
import { selectorStrategies } from './select.ts';

/** For the `policyConfig` of a target that scales nodes: `block({ ...nodePoolFields, … })`. */
export const nodePoolFields = {
  nodeClass: optional(
    text({
      doc: 'Class of the pool’s nodes, as in the `client` block of each; `autoscaler-default-pool` means those without one.',
    }),
  ),
  datacenter: optional(text({ doc: 'Datacenter of the pool’s nodes.' })),
  nodePool: optional(
    text({
      doc: 'Node pool of the pool’s nodes. Of the three keys at least one is needed; all that are set must hold.',
    }),
  ),
  nodeDrainDeadlineMs: duration({
    doc: 'What still runs on a draining node after so long is stopped. `0s`: never; negative: at once.',
    default: '15m',
  }),
  nodeDrainIgnoreSystemJobs: bool({
    doc: 'Leaves allocations of system jobs alone when a node drains.',
    default: false,
  }),
  nodePurge: optional(text({ doc: '`true`: removes the record of a node from Nomad once its machine is gone.' })),
  nodeSelectorStrategy: oneOf(selectorStrategies, {
    doc: 'Which nodes go first.',
    default: 'least_busy',
    invalid: (written) => `unsupported node selector strategy: ${written}`,
  }),
  nodeFilterIgnoreInit: bool({ doc: 'Scales although a node of the pool is initializing.', default: false }),
  nodeFilterIgnoreDrain: bool({ doc: 'Scales although a node of the pool is draining.', default: false }),
  nodeFilterIgnoreIneligible: optional(
    bool({
      doc: '`false`: never removes a node that is ineligible. `true`: counts ineligible nodes as ready ones everywhere.',
    }),
  ),
};

const nodePoolBlock = block(nodePoolFields);
/** The values of `nodePoolFields`. */
export type NodePoolConfig = Infer<typeof nodePoolBlock>;
