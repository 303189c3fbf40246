import { block, type Infer, stepFields } from 'nomad-autoscaler/sdk';

export const config = block(stepFields);

export type Config = Infer<typeof config>;
