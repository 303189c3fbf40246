/** The blocks of a policy file, declared. Source: spec policy.md §2.2. */
import { parseDuration } from '../lib/duration.ts';
import { explain } from '../lib/error.ts';
import {
  attribute,
  block,
  bool,
  duration,
  integer,
  labelled,
  labelledTexts,
  located,
  nested,
  once,
  optional,
  text,
} from '../schema/field.ts';
import { read, wrong } from '../schema/read.ts';
import { type Reader, textOf } from '../schema/scalar.ts';
import type { Infer } from '../schema/schema.ts';
import { defaultSource, emptyChecks } from './complete.ts';

/** How far a query looks back, or one instant. Milliseconds; 0 is the default. */
const windowReader: Reader<number | 'instant'> = {
  type: 'duration or `instant`',
  emptyIsUnset: true,
  fromValue(value) {
    const written = textOf(value);
    return written.ok ? windowReader.fromText(written.value) : written;
  },
  fromText(written) {
    if (written === 'instant') return read(written);
    try {
      return read(parseDuration(written));
    } catch (error) {
      return wrong(`${explain(error)}; write a duration such as "5m", or "instant"`);
    }
  },
};

const schedule = block({
  start: located(text({ doc: 'When it begins: a cron expression of five fields, UTC.' })),
  end: located(optional(text({ doc: 'When it ends: a cron expression. Either this or `duration`.' }))),
  duration: located(optional(text({ doc: 'How long it lasts. Either this or `end`.' }))),
});

const inPolicy = 'It belongs into policy { … }.';
const inScaling = 'It belongs into the scaling block, beside policy { … }.';
const inCheck = 'It belongs into check "name" { … }.';

export const checkBlock = block(
  {
    source: located(text({ doc: 'Label of the APM that is asked.', default: defaultSource })),
    query: located(text({ doc: 'What it is asked, in its own language.', default: '' })),
    queryWindow: located(
      attribute(windowReader, { doc: 'How far back the query looks, or `instant`. `0`: one minute.', default: 0 }),
    ),
    queryWindowOffsetMs: located(duration({ doc: 'How long before now the window ends.', default: '0s' })),
    group: text({ doc: 'Checks of one group are judged together.', default: '' }),
    onError: located(text({ doc: 'What an error of this check means: `ignore` or `fail`.', default: '' })),
    schedule: optional(nested(schedule, { doc: 'When the check takes part.' })),
    strategy: optional(
      once(labelledTexts({ doc: 'What turns the metric into a count, with its settings.', label: 'plugin' })),
    ),
  },
  {
    target: 'It belongs beside the check, into policy { … }.',
    cooldown: inPolicy,
    evaluation_interval: inPolicy,
    on_check_error: 'For one check it is on_error.',
  },
);

export const policyBlock = block(
  {
    cooldownMs: located(
      duration({ doc: 'Quiet time after a scaling. `0s`: the default of the agent.', default: '0s' }),
    ),
    cooldownOnScaleUpMs: located(
      duration({ doc: 'Quiet time after scaling out. `0s`: as `cooldown`.', default: '0s' }),
    ),
    evaluationIntervalMs: located(
      duration({ doc: 'Time between ticks. `0s`: the default of the agent.', default: '0s' }),
    ),
    onCheckError: located(text({ doc: 'What an error of a check means: `ignore` or `fail`.', default: '' })),
    schedule: optional(nested(schedule, { doc: 'When anything happens at all.' })),
    check: labelled(checkBlock, {
      doc: 'A query and what follows from it.',
      label: 'name',
      missing: `${emptyChecks}: write at least one check block`,
    }),
    target: once(
      labelledTexts({
        doc: 'What is scaled, with the settings of its plugin.',
        label: 'plugin',
        missing: 'A policy scales one target: write a block such as target "nomad-target" { … } inside policy { … }.',
      }),
    ),
  },
  {
    enabled: inScaling,
    type: inScaling,
    min: inScaling,
    max: inScaling,
    source: inCheck,
    query: inCheck,
    query_window: inCheck,
    strategy: inCheck,
    on_error: 'For all checks it is on_check_error.',
    default_cooldown: 'Here it is "cooldown"; "default_cooldown" belongs to the policy block of the agent.',
    default_evaluation_interval:
      'Here it is "evaluation_interval"; "default_evaluation_interval" belongs to the policy block of the agent.',
  },
);

export const scalingBlock = block(
  {
    enabled: optional(bool({ doc: 'Only a policy with `true` is run.' })),
    type: located(text({ doc: '`cluster` or `horizontal`.', default: 'cluster' })),
    min: located(integer({ doc: 'The fewest instances.', default: 0 })),
    max: located(integer({ doc: 'The most instances.' })),
    policy: nested(policyBlock, {
      doc: 'How it is scaled.',
      missing: 'Write policy { … } with a target and at least one check.',
    }),
  },
  {
    cooldown: inPolicy,
    cooldown_on_scale_up: inPolicy,
    evaluation_interval: inPolicy,
    on_check_error: inPolicy,
    schedule: inPolicy,
    check: inPolicy,
    target: inPolicy,
    strategy: inCheck,
  },
);

export type ScalingBlock = Infer<typeof scalingBlock>;
export type CheckBlock = Infer<typeof checkBlock>;
export type ScheduleBlock = Infer<typeof schedule>;
