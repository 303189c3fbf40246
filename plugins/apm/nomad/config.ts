import { block, type Infer, optional, text } from 'nomad-autoscaler/sdk';
import { nomadFields } from 'nomad-autoscaler/sdk/nomad';

/** The filters count for the node queries of all policies. Compat: a bad boolean fails the query, not the start. */
export const agentConfig = block({
  ...nomadFields,
  ignoreDrain: optional(
    text({ key: 'node_filter_ignore_drain', doc: '`true`: leave draining nodes of a pool out instead of failing.' }),
  ),
  ignoreInit: optional(
    text({ key: 'node_filter_ignore_init', doc: '`true`: leave initializing nodes out instead of failing.' }),
  ),
  ignoreIneligible: optional(
    text({ key: 'node_filter_ignore_ineligible', doc: '`true`: count ineligible nodes that are ready as well.' }),
  ),
});

export type Config = Infer<typeof agentConfig>;
