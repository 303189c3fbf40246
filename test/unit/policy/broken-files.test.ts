import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { decodeText } from '../../support/policy-file.ts';
import { needsShared, sharedPath } from '../../support/shared.ts';

const folder = new URL('../../fixtures/policies/broken/', import.meta.url);

/** File, place, and what is said. */
const faults: readonly (readonly [string, string, string])[] = [
  [
    'app-sizing.hcl',
    '9:7',
    'invalid strategy in check load: plugin app-sizing-avg can only be used with Dynamic Application Sizing; Dynamic Application Sizing is not part of this autoscaler.',
  ],
  ['block-in-strategy.hcl', '10:9', 'Unexpected "target" block; Blocks are not allowed here.'],
  [
    'block-unknown.hcl',
    '7:5',
    'Unsupported block type; Blocks of type "chekc" are not expected here. Did you mean "check"?',
  ],
  [
    'cooldown-in-days.hcl',
    '7:16',
    'Unsuitable value type; Unsuitable value for "cooldown": time: unknown unit "d" in duration "1d"; a duration looks like "90s", "2m" or "1h30m"',
  ],
  ['cooldown-negative.hcl', '7:16', `cooldown can't be negative; It is -2m0s; leave it out for the default.`],
  [
    'cooldown-without-unit.hcl',
    '7:16',
    'Unsuitable value type; Unsuitable value for "cooldown": time: missing unit in duration "120"; with a unit it is "120s" or "120m"',
  ],
  ['foreign-top.hcl', '1:1', 'Unsupported argument; An argument named "log_level" is not expected here.'],
  [
    'instant-threshold.hcl',
    '10:7',
    'check "load": "within_bounds_trigger" must be set to 1 when query_window = "instant"; An instant has one point; add within_bounds_trigger = 1 to the strategy.',
  ],
  ['interval-negative.hcl', '7:27', `evaluation_interval can't be negative; It is -5s; leave it out for the default.`],
  ['interval-tiny.hcl', '7:27', 'evaluation_interval is too short; It is 5ms; the shortest is 10ms.'],
  [
    'json-key-unknown.json',
    '5:7',
    'Extraneous JSON object property; No argument or block type is named "maxx". Did you mean "max"?',
  ],
  [
    'json-key-unknown.json',
    '6:5',
    'Missing required argument; The argument "max" is required, but no definition was found.',
  ],
  ['json-key-unknown.json', '6:5', 'Missing policy block; Write policy { … } with a target and at least one check.'],
  [
    'job-file.hcl',
    '1:1',
    'Unsupported block type; Blocks of type "job" are not expected here. This is a job: policies in it are taken from Nomad, once it is registered there.',
  ],
  ['json-unclosed.json', '1:14', 'Unclosed object; No closing brace was found for this JSON object.'],
  [
    'key-of-the-agent.hcl',
    '7:5',
    'Unsupported argument; An argument named "default_cooldown" is not expected here. Here it is "cooldown"; "default_cooldown" belongs to the policy block of the agent.',
  ],
  [
    'key-unknown.hcl',
    '7:5',
    'Unsupported argument; An argument named "cooldwn" is not expected here. Did you mean "cooldown"?',
  ],
  [
    'layout-of-2020.hcl',
    '1:1',
    'Policy outside of a scaling block; This is the layout from before version 0.2. Put everything into scaling "name" { … }, and write check "name" { … }, strategy "plugin" { … } and target "plugin" { … } with their settings inside, without name and config.',
  ],
  ['list-in-target.hcl', '16:15', 'Unsuitable value type; Unsuitable value for "Job": string required, but have tuple'],
  [
    'long-node-query.hcl',
    '8:15',
    'check "load": query must be in short format (<operation>_<metric>) for Nomad APM node pool targets; Write for example "percentage-allocated_cpu"; the nodes are those of the target.',
  ],
  [
    'max-fraction.hcl',
    '4:13',
    'Unsuitable value type; Unsuitable value for "max": value must be a whole number, between -9007199254740991 and 9007199254740991',
  ],
  [
    'max-missing.hcl',
    '1:15',
    'Missing required argument; The argument "max" is required, but no definition was found.',
  ],
  ['max-word.hcl', '4:13', 'Unsuitable value type; Unsuitable value for "max": a number is required'],
  ['min-above-max.hcl', '3:13', 'policy Min must not be greater Max; min is 9 and max is 4: raise max or lower min.'],
  ['min-negative.hcl', '3:13', `policy Min can't be negative; It is -1; write 0 or more.`],
  [
    'no-check.hcl',
    '6:10',
    `Missing check block; empty checks, this policy won't execute any verification or scaling and should have enabled set to false: write at least one check block`,
  ],
  [
    'things-elsewhere.hcl',
    '4:3',
    'Unsupported argument; An argument named "cooldown" is not expected here. It belongs into policy { … }.',
  ],
  [
    'things-elsewhere.hcl',
    '7:5',
    'Unsupported argument; An argument named "min" is not expected here. It belongs into the scaling block, beside policy { … }.',
  ],
  [
    'things-elsewhere.hcl',
    '14:7',
    'Unsupported block type; Blocks of type "target" are not expected here. It belongs beside the check, into policy { … }.',
  ],
  [
    'things-elsewhere.json',
    '6:7',
    'Extraneous JSON object property; No argument or block type is named "cooldown". It belongs into policy { … }.',
  ],
  ['no-label.hcl', '1:10', 'Missing name for scaling; All scaling blocks must have 1 labels (name).'],
  ['no-policy.hcl', '1:15', 'Missing policy block; Write policy { … } with a target and at least one check.'],
  [
    'no-strategy.hcl',
    '7:5',
    'invalid check load: missing strategy value; Write a block such as strategy "target-value" { target = 70 } inside the check.',
  ],
  [
    'no-target.hcl',
    '6:10',
    'Missing target block; A policy scales one target: write a block such as target "nomad-target" { … } inside policy { … }.',
  ],
  [
    'offset-word.hcl',
    '9:29',
    'Unsuitable value type; Unsuitable value for "query_window_offset": time: invalid duration "soon"; a duration looks like "90s", "2m" or "1h30m"',
  ],
  [
    'on-check-error-word.hcl',
    '7:22',
    'invalid value for on_check_error: only fail and ignore are allowed; It is "retry".',
  ],
  [
    'on-error-word.hcl',
    '9:18',
    'invalid value for on_error in check load: only fail and ignore are allowed; It is "retry".',
  ],
  [
    'same-name-twice.hcl',
    '22:1',
    'Duplicate scaling block; A policy "web" is already defined at same-name-twice.hcl:1:1; give one of them another name.',
  ],
  [
    'schedule-never.hcl',
    '8:18',
    `policy.schedule: start: invalid cron expression: '0 0 30 2 *' never occurs; A schedule has start = "0 9 * * 1-5" (minute hour day month weekday, UTC), and either an end of that form or a duration such as "8h".`,
  ],
  [
    'schedule-no-length.hcl',
    '11:20',
    'check load.schedule: duration must be greater than zero; A schedule has start = "0 9 * * 1-5" (minute hour day month weekday, UTC), and either an end of that form or a duration such as "8h".',
  ],
  [
    'schedule-of-four-fields.hcl',
    '8:18',
    'policy.schedule: start: must use strict 5-field cron format; A schedule has start = "0 9 * * 1-5" (minute hour day month weekday, UTC), and either an end of that form or a duration such as "8h".',
  ],
  [
    'schedule-runs-backwards.hcl',
    '8:15',
    'policy.schedule: start: invalid cron expression: hour field: range 22-6 runs backwards; A schedule has start = "0 9 * * 1-5" (minute hour day month weekday, UTC), and either an end of that form or a duration such as "8h".',
  ],
  [
    'schedule-with-both.hcl',
    '10:18',
    'policy.schedule: must define exactly one of end or duration; A schedule has start = "0 9 * * 1-5" (minute hour day month weekday, UTC), and either an end of that form or a duration such as "8h".',
  ],
  [
    'schedule-without-start.hcl',
    '7:14',
    'Missing required argument; The argument "start" is required, but no definition was found.',
  ],
  [
    'two-strategies.hcl',
    '10:7',
    'Duplicate strategy block; Only one strategy block is allowed. Another was defined at two-strategies.hcl:9:7.',
  ],
  [
    'two-targets.hcl',
    '16:5',
    'Duplicate target block; Only one target block is allowed. Another was defined at two-targets.hcl:15:5.',
  ],
  [
    'type-unknown.hcl',
    '4:13',
    'policy type "vertical_mem" not supported; Dynamic Application Sizing is not part of this autoscaler; types are "horizontal" and "cluster".',
  ],
  [
    'unclosed.hcl',
    '1:15',
    'Unclosed configuration block; There is no closing brace for this block before the end of the file. This may be caused by incorrect brace nesting elsewhere in this file.',
  ],
  [
    'unknown-function.hcl',
    '8:15',
    'Call to unknown function; There is no function named "upper". The only one is "jsonencode".',
  ],
  [
    'variable.hcl',
    '8:29',
    'Variables not allowed; Variables may not be used here. Write the value itself; for a literal "${" in a text, write "$${".',
  ],
  [
    'window-word.hcl',
    '9:22',
    'Unsuitable value type; Unsuitable value for "query_window": time: invalid duration "now"; write a duration such as "5m", or "instant"',
  ],
];

test('a broken policy file is told by its place, the reason and what to do, in one line per fault', () => {
  const files = readdirSync(folder).sort();
  assert.deepEqual(
    [...new Set(faults.map(([file]) => file))].sort(),
    files,
    'every file of the folder is in the table',
  );
  for (const file of files) {
    const { policies, lines } = decodeText(readFileSync(new URL(file, folder), 'utf8'), {}, file);
    assert.deepEqual(policies, [], file);
    assert.deepEqual(
      lines,
      faults.filter(([name]) => name === file).map(([name, place, text]) => `${name}:${place}: ${text}`),
    );
    for (const line of lines) assert.doesNotMatch(line, /\n/);
  }
});

const recordings = 'golden/autoscaler/broken';

/** Upstream's reason where ours differs on purpose. Undefined: here the policy is good. */
const otherReasons: Readonly<Record<string, string | undefined>> = {
  'policy-function.txt': 'There is no function named "file"',
  'policy-jsonencode.txt': undefined,
  'policy-long-node-query.txt': 'query must be in short format',
  'policy-cron-impossible-day.txt': 'never occurs',
  'policy-cron-wrapping-month.txt': 'runs backwards',
  'policy-negative-interval.txt': "evaluation_interval can't be negative",
  'policy-no-policy-block.txt': 'Missing policy block',
  'policy-no-target.txt': 'Missing target block',
  'policy-duplicate-names.txt': 'Duplicate scaling block',
  'policy-type-unknown.txt': 'policy type "weekly" not supported',
  'policy-type-vertical.txt': 'policy type "vertical_cpu" not supported',
  'policy-enabled-missing.txt': 'Policy is not enabled',
  'policy-unknown-source.txt': 'No apm plugin "promtheus" is configured',
  'policy-unknown-strategy.txt': 'No strategy plugin "target-valeu" is configured; did you mean "target-value"?',
  'policy-unknown-target.txt': 'No target plugin "os-novva" is configured; did you mean "os-nova"?',
};

test(
  'policy #P171: each recorded broken policy is told with the reason that upstream had',
  needsShared(recordings),
  () => {
    const root = sharedPath(recordings);
    assert.ok(root);
    const labels = {
      apm: new Set(['nomad-apm']),
      strategy: new Set(['fixed-value', 'pass-through', 'target-value', 'threshold']),
      target: new Set(['nomad-target', 'os-nova']),
    };
    let told = 0;
    for (const name of readdirSync(root).filter((one) => one.startsWith('policy-'))) {
      const { files, output } = readRecording(readFileSync(`${root}/${name}`, 'utf8'));
      const said = files.flatMap(([file, text]) => decodeText(text, { labels }, file).lines).join('\n');
      const reasons = name in otherReasons ? [otherReasons[name] ?? ''] : reasonsIn(output);
      for (const reason of reasons) assert.ok(said.includes(reason), `${name}: "${reason}" is not in\n${said}`);
      if (reasons.join('') === '') continue;
      told++;
      assert.match(said, /^(warning: )?[a-z]\.(hcl|json):\d+:\d+: /m, name);
    }
    assert.equal(told, 50);
  },
);

function readRecording(text: string) {
  const [inputs = '', output = ''] = text.split('=== output\n');
  const files = inputs
    .split(/^=== /m)
    .slice(1)
    .map((one) => [one.slice(0, one.indexOf('\n')), one.slice(one.indexOf('\n') + 1)] as const);
  return { files, output };
}

/** What upstream says is wrong with the files, without places and without what names a folder. */
function reasonsIn(output: string): readonly string[] {
  const reasons = new Set<string>();
  for (const line of output.split('\n')) {
    const [, validation] = /validation_error="(.*)"$/.exec(line) ?? [];
    if (validation !== undefined) reasons.add(validation);
    const [, listed] =
      /\\t\* (?:failed to decode file \S+: )?(?:\S+:\d+,\d+-\d+: )?(?:p (?=time: ))?(.*)$/.exec(line) ?? [];
    if (listed !== undefined && !/error occurred|failed to validate/.test(listed)) reasons.add(listed);
  }
  return [...reasons].map((reason) =>
    reason
      .replace(/, and \d+ other diagnostic\(s\)$/, '')
      .replace(/ Another was defined at .*/, '')
      .replace(/^Unsuitable value type; Unsuitable value: /, ''),
  );
}
