import { block, type Infer, integer, invalidValue, missingField, stepFields } from 'nomad-autoscaler/sdk';

export const config = block({
  value: integer({
    doc: 'Count of instances that is wanted.',
    min: 0,
    missing: missingField('value'),
    invalid: invalidValue('value'),
  }),
  ...stepFields,
});

export type Config = Infer<typeof config>;
