import { block, type Infer, integer, number, optional, type Rule, stepFields } from 'nomad-autoscaler/sdk';

const invalid = (key: string) => (raw: string) => `invalid value for "${key}": ${raw} (string)`;

export const config = block({
  upperBound: optional(number({ doc: 'Values below it are within the bounds.', invalid: invalid('upper_bound') })),
  lowerBound: optional(number({ doc: 'Values from it on are within the bounds.', invalid: invalid('lower_bound') })),
  withinBoundsTrigger: integer({
    doc: 'How many values of the window must be within the bounds.',
    default: 5,
    invalid: invalid('within_bounds_trigger'),
  }),
  delta: optional(
    integer({
      doc: 'Instances to add, or to take away when negative.',
      invalid: (raw) => `"delta" value ${raw} is not an interger`,
    }),
  ),
  percentage: optional(
    number({
      doc: 'Percent of the count to add, or to take away when negative.',
      invalid: (raw) => `"percentage" value ${raw} is not a number`,
    }),
  ),
  value: optional(
    integer({ doc: 'Count of instances that is wanted.', invalid: (raw) => `"value" value ${raw} is not an interger` }),
  ),
  ...stepFields,
});

export type Config = Infer<typeof config>;

/** At least one bound, and exactly one thing to do. Compat: upstream's texts, its spelling included. */
export const rule: Rule<Config> = ({ lowerBound, upperBound, delta, percentage, value }) => {
  if (lowerBound === undefined && upperBound === undefined) {
    const detail = 'missing required field, must have either "lower_bound" or "upper_bound"';
    return { key: 'lower_bound', detail };
  }
  if (Number.isNaN(upperBound)) return { key: 'upper_bound', detail: invalid('upper_bound')('NaN') };
  if (Number.isNaN(lowerBound)) return { key: 'lower_bound', detail: invalid('lower_bound')('NaN') };
  const given = [delta, percentage, value].filter((one) => one !== undefined).length;
  if (given === 0) {
    return { key: 'delta', detail: 'missing required field, must have either "delta", "percentage" or "value"' };
  }
  if (given > 1) return { key: 'delta', detail: 'only one of "delta", "percentage" or "value" must be provided' };
  if (value !== undefined && value < 0) return { key: 'value', detail: `"value" value ${value} is negative` };
  return undefined;
};
