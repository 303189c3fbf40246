/**
 * The lines of upstream's policy handler, recorded tick by tick, against ours: the same states of the target and the same
 * words of the strategies go in. Read from the recording: the policy, when it ticked, the counts, what each strategy said
 * and how long the target took.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { virtualClock } from '../../../src/lib/clock.ts';
import { parseDuration } from '../../../src/lib/duration.ts';
import { createLog } from '../../../src/lib/log.ts';
import { noTelemetry } from '../../../src/lib/telemetry.ts';
import type { Action } from '../../../src/model/action.ts';
import { scaled } from '../../../src/model/target.ts';
import { startScaling } from '../../../src/scaling/handlers.ts';
import { action, check, policy, status } from '../../support/builders.ts';
import { fakeApm, fakePlugins, fakeStrategy, fakeTarget } from '../../support/fakes.ts';
import { needsShared, sharedPath } from '../../support/shared.ts';

const cases = [
  'fixed-value',
  'target-value',
  'target-value-down',
  'target-value-none',
  'max-steps',
  'max-steps-down',
  'threshold',
  'pass-through',
  'instant',
  'dry-run',
];

interface Line {
  readonly at: number;
  readonly level: string;
  readonly logger: string;
  readonly text: string;
}

const linesOf = (log: string): readonly Line[] =>
  log.split('\n').flatMap((line) => {
    const [, at = '', level = '', logger = '', text = ''] = /^(\S+Z) \[(\w+)\]\s+([^:]+): (.*)$/.exec(line) ?? [];
    return at === '' ? [] : [{ at: Date.parse(at), level, logger, text }];
  });

const pick = (text: string, form: RegExp): string => form.exec(text)?.[1] ?? '';
const isOfHandler = ({ logger, text }: Line) =>
  logger.startsWith('policy_manager.policy_handler') && !text.startsWith('stopping');

/** Where upstream tells of a cap though nothing is done, we tell the present count. */
const withoutFalseCaps = (lines: readonly string[], count: (index: number) => string): string[] =>
  lines.map((line, index) => {
    if (line.includes('check selected:') && line.includes('direction=none'))
      return line.replace(/count=\d+$/, `count=${count(index)}`);
    const before = lines[index - 1] ?? '';
    if (!line.includes('calculating scaling target:') || !before.includes('direction=none')) return line;
    const id = pick(line, /policy_id=(\S+)/);
    return line.replace(/ to=.*$/, ` to=${count(index)} reason="" meta=map[nomad_policy_id:${id}]`);
  });

for (const name of cases) {
  const folder = `golden/autoscaler/policies/${name}`;
  test(`the recorded case ${name} is told in the same lines`, needsShared(folder), async () => {
    const recorded = linesOf(readFileSync(`${sharedPath(folder)}/agent.log`, 'utf8'));
    const made = recorded.find(({ text }) => text.startsWith('creating new policy handler'))?.text ?? '';
    const [, id = '', type = '', min, max, cooldown = '', onScaleUp = '', interval = ''] =
      /&\{(\S+) (\w+) \d+ (\d+) (\d+) true +(\S+) (\S+) (\S+) /.exec(made) ?? [];
    const expected = recorded.filter(isOfHandler);
    const of = (start: string) => expected.filter(({ text }) => text.startsWith(start));
    const counts = of('calculating new count').map(({ text }) => Number(pick(text, /current count=(\d+)$/)));
    const asked = of('received policy check')[0]?.text ?? '';
    const config = of('starting policy handler')[0]?.text ?? '';
    const target_config = Object.fromEntries(
      [...pick(config, /map\[(.*)\]/).matchAll(/(\S+):(\S+)/g)].map(([, key, value]) => [key, value]),
    );

    const said = recorded.filter(({ text }) => /^(check selected|calculating scaling target)/.test(text));
    const answers = said.flatMap(({ text }, at): Action[] => {
      if (!text.startsWith('check selected')) return [];
      const reason = said[at + 1]?.text ?? '';
      const before = pick(reason, /reason_history:\[([^\]]*)\]/) || pick(reason, /reason="([^"]*)"/);
      const direction = pick(text, /direction=(\w+)/);
      const count = Number(pick(reason, /count\.original:(\d+)/) || pick(text, /count=(\d+)$/));
      return [direction === 'up' || direction === 'down' ? action({ direction, count, reason: before }) : action()];
    });
    const times = (start: string) => of(start).map(({ at }) => at);
    const took = times('successfully submitted').map((at, index) => at - (times('scaling target')[index] ?? at));

    const clock = virtualClock();
    const written: string[] = [];
    const log = createLog({
      level: 'trace',
      json: false,
      location: false,
      clock,
      write: (line) => written.push(line.trimEnd()),
    });
    const target = fakeTarget();
    let tick = -1;
    target.status = () => status({ count: counts[++tick] ?? 0 });
    target.onScale = () => new Promise((resolve) => clock.after(took.shift() ?? 0, () => resolve(scaled)));
    const strategy = pick(asked, /strategy=(\S+)/);
    const source = pick(asked, /source=(\S+)/);
    const query = pick(of('querying source')[0]?.text ?? '', / query=(\S+) source/).replaceAll('"', '');
    const scaling = startScaling({
      world: { clock, random: () => 0, log: log.root, telemetry: noTelemetry },
      plugins: fakePlugins({
        apm: { [source]: fakeApm([1]) },
        strategy: { [strategy]: fakeStrategy(() => answers[tick]) },
        target: { 'nomad-target': target },
      }),
      workers: { horizontal: 10, cluster: 10 },
      apmLabelsOfNomadDriver: new Set(['nomad-apm']),
      collectionIntervalMs: 1000,
    });
    scaling.apply('file', [
      policy({
        id,
        type,
        min: Number(min),
        max: Number(max),
        cooldownMs: parseDuration(cooldown),
        cooldownOnScaleUpMs: parseDuration(onScaleUp),
        evaluationIntervalMs: parseDuration(interval),
        checks: [check({ name: pick(asked, /check=(\S+)/), source, query, strategy: { name: strategy, config: {} } })],
        target: { name: 'nomad-target', config: target_config },
      }),
    ]);
    await clock.advance(counts.length * parseDuration(interval));
    assert.ok(counts.length > 1, 'the recording was not understood');

    const shown = (line: Line) =>
      `[${line.level}] ${line.logger}: ${line.text}`.replace(/remaining=\S+/, 'remaining=…');
    const ours = linesOf(written.join('\n')).filter(isOfHandler).map(shown);
    const theirs = expected.map(shown);
    const countAt = (index: number) =>
      pick(theirs.slice(0, index).findLast((line) => line.includes('current count=')) ?? '', /current count=(\d+)$/);
    const length = Math.min(ours.length, theirs.length);
    assert.ok(length > theirs.length - 12, `${ours.length} lines of ${theirs.length}`);
    assert.deepEqual(ours.slice(0, length), withoutFalseCaps(theirs, countAt).slice(0, length));
  });
}
