import { block, type Infer, invalidValue, missingField, number, type Rule, stepFields } from 'nomad-autoscaler/sdk';

export const config = block({
  target: number({
    doc: 'Value of the metric that the right count of instances has.',
    missing: missingField('target'),
    invalid: invalidValue('target'),
  }),
  threshold: number({
    doc: 'How far the metric may be from the target without a change, as a part of the target.',
    default: 0.01,
    invalid: invalidValue('threshold'),
  }),
  ...stepFields,
});

export type Config = Infer<typeof config>;

/** What can be written and means nothing: NaN never scales, an infinite target leads to 0. */
export const rule: Rule<Config> = ({ target, threshold }) => {
  if (!Number.isFinite(target)) return { key: 'target', detail: invalidValue('target')(String(target)) };
  if (Number.isNaN(threshold)) return { key: 'threshold', detail: invalidValue('threshold')(String(threshold)) };
  return undefined;
};
