import { block, type Infer, number, stepFields } from 'nomad-autoscaler/sdk';

/** The strategy block of a policy. */
export const config = block({
  perInstance: number({ doc: 'How much of the metric one instance takes.' }),
  ...stepFields,
});

export type Config = Infer<typeof config>;
