/** What can be wrong with a plugin × what the operator reads × what the other policies feel, which is nothing. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { type Fault, faultyPlugin } from '../support/faulty-plugin.ts';
import { block, type PluginRow, stage } from '../support/faulty-plugin-stage.ts';
import { rssMib } from '../support/proc.ts';
import { eventually } from '../support/program.ts';

const labelOf = (fault: string) => fault.replaceAll(' ', '-');
const escaped = (text: string) => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');

const other = 'mend the block or the file';

/** What the operator reads about a plugin that cannot even start; the path of the executable stands before it. */
const startFaults: Readonly<Partial<Record<Fault, string>>> = {
  'crash at start':
    'ended (exit status 3) before its handshake and said: cannot read /etc/cloud.conf: permission denied',
  'wrong type': `says that it is \\"wrong-type\\" (apm), and its block wants \\"wrong-type\\" (target): ${other}`,
  'wrong cookie':
    "is a plugin of another program: it ended (exit status 1) because it does not know this host's magic cookie",
  'wrong version':
    'speaks version 5 of the protocol, and this host 1: take a release of it that was made for this host',
  'foreign certificate':
    'cannot be spoken to under the certificate of its handshake (No connection established. Last error: Error: self-signed certificate): it serves with another one; a plugin with certificates of its own needs AutoMTLS off',
  'rubbish before':
    'printed \\"Hello, I am a plugin\\" where its handshake belongs: it is no plugin, or prints to stdout before it serves',
};
const startFaultNames = Object.keys(startFaults) as readonly Fault[];
const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');

test('plugins that can never work end the start, with a line for each that names its file and its fault', async (t) => {
  const { install, configure, pathOf, start } = await stage(t);
  for (const fault of startFaultNames) install(labelOf(fault), fault);
  install('changed-checksum', 'none');
  const pinned = block('changed-checksum', `  checksum = "sha256:${sha256('another')}"\n`);
  configure([...startFaultNames.map((fault) => block(labelOf(fault))), pinned]);
  const { agent, log } = start();
  assert.equal(await agent.ended(), 1);
  const found = `is another file than the one that was pinned: it has sha256:${sha256(faultyPlugin('changed-checksum', 'none'))}; pin that`;
  for (const [fault, text] of Object.entries({ ...startFaults, 'changed checksum': found })) {
    const label = labelOf(fault);
    const line = `plugin could not be started: plugin_name=${label} plugin_type=target error="${pathOf(label)} ${text}`;
    await log.line(new RegExp(`\\[WARN\\] {2}agent\\.plugin_manager: ${escaped(line)}`));
  }
  await log.line(/\[ERROR\] agent: failed to start agent:/);
});

/** Of a policy with one tick a second: room for a machine that has other work as well. A policy that felt a fault would wait for seconds, again and again. */
const leastBeat = 0.85;
const longestPauseMs = 4_000;

/** One line of the table. */
interface Row {
  readonly fault: string;
  readonly label: string;
  /** Each must be read, in any order. The first one is the line of the table. */
  readonly lines: readonly RegExp[];
  /** What `/v1/plugins` says in the end. */
  readonly state: (row: PluginRow) => boolean;
  /** Prometheus series and what they must at least be. */
  readonly metrics: Readonly<Record<string, number>>;
}

const manager = (level: 'WARN' | 'ERROR', message: string, label: string, more: string) =>
  new RegExp(`\\[${level}\\] *agent\\.plugin_manager: ${message}: plugin_name=${label} plugin_type=target${more}`);
const endedAnd = (label: string, how: string) =>
  manager('WARN', 'plugin ended and will be started again', label, ` error="its process ended: ${how}" pause=\\d+ms`);
const isWaiting = ({ state, error }: PluginRow) => state === 'waiting' && error !== undefined;
const runsAgain = ({ state, restarts }: PluginRow) => state !== 'stopped' && restarts > 0;
const isSound = ({ state, restarts, error }: PluginRow) => state === 'running' && restarts === 0 && error === undefined;
const quiet = 'plugin fails again and again, the next failures are logged at debug level';

function rows(pathOf: (label: string) => string, configFile: string): readonly Row[] {
  const ofStarts = startFaultNames.map((fault) => {
    const label = labelOf(fault);
    const error = escaped(`${pathOf(label)} ${startFaults[fault]}`);
    return {
      ...{ fault, label, state: isWaiting, metrics: { working: 0 } },
      lines: [
        manager('WARN', 'plugin could not be started', label, ` error="${error}.*" pause=\\d+ms`),
        manager('WARN', quiet, label, ` error="${error}`),
        new RegExp(
          `encountered an error monitoring policy IDs: .*plugin \\\\"${label}\\\\" \\(target\\) is not running: `,
        ),
      ],
    };
  });
  const noAnswer = (label: string) =>
    manager(
      'WARN',
      'plugin does not answer, calls are refused until it does',
      label,
      ' unanswered=\\d+ error="no answer',
    );
  return [
    ...ofStarts,
    {
      ...{ fault: 'crash mid-call', label: 'crash-mid-call', state: runsAgain, metrics: { restart_count: 2 } },
      lines: [
        endedAnd('crash-mid-call', 'signal: segmentation fault'),
        /failed to get target status for target: crash-mid-call, .*the plugin's process ended: signal: segmentation fault/,
      ],
    },
    {
      ...{ fault: 'hang', label: 'hang', state: ({ circuit }) => circuit !== undefined },
      metrics: { working: 0, deadline_exceeded_count: 5, circuit_open_count: 1, refused_count: 1 },
      lines: [
        noAnswer('hang'),
        /plugin \\"hang\\" \(target\) left \d+ calls in a row unanswered and is tried again in /,
      ],
    },
    {
      ...{ fault: 'rubbish after', label: 'rubbish-after', state: isSound, metrics: { working: 1 } },
      lines: [/successfully launched and dispensed plugin: plugin_name=rubbish-after/],
    },
    {
      ...{ fault: '100 MB/s stderr', label: 'flood', state: isSound, metrics: { working: 1 } },
      lines: [/\[WARN\] {2}external_plugin\.flood: plugin logs too much, lines were left out: lines=\d+ bytes=\d+$/],
    },
    {
      ...{ fault: 'SIGSTOP', label: 'stopped', state: runsAgain, metrics: { restart_count: 1, circuit_open_count: 1 } },
      lines: [
        manager('ERROR', 'plugin does not answer any more and is ended', 'stopped', ''),
        noAnswer('stopped'),
        endedAnd('stopped', 'signal: killed'),
      ],
    },
    {
      ...{ fault: 'restart storm', label: 'storm', state: runsAgain, metrics: { restart_count: 2 } },
      lines: [endedAnd('storm', 'exit status 9'), manager('WARN', quiet, 'storm', ' .*longest_pause=1m0s')],
    },
    {
      ...{ fault: 'changed checksum', label: 'pinned', state: isWaiting, metrics: { working: 0 } },
      lines: [
        manager(
          'WARN',
          'plugin could not be started again',
          'pinned',
          ` error="${escaped(pathOf('pinned'))} is another file`,
        ),
        endedAnd('pinned', 'signal: killed'),
      ],
    },
    {
      ...{ fault: 'two of one name', label: 'twice', state: isSound, metrics: { working: 1 } },
      lines: [new RegExp(`configuration deserves a look: warning="${escaped(configFile)}:\\d+:1: .*\\\\"twice\\\\"`)],
    },
  ];
}

const runFaults: readonly (readonly [string, Fault])[] = [
  ['good', 'none'],
  ['stopped', 'none'],
  ['pinned', 'none'],
  ['crash-mid-call', 'crash mid-call'],
  ['hang', 'hang'],
  ['rubbish-after', 'rubbish after'],
  ['flood', 'flood'],
  ['storm', 'storm'],
];

test('fourteen bad plugins in one agent: each is told in a line, and policies that need none of them keep their beat', async (t) => {
  const { install, configure, pathOf, configFile, start, plugins, policies, problems, metrics } = await stage(t);
  for (const [label, fault] of runFaults) install(label, fault);
  const pinned = block('pinned', `  checksum = "sha256:${sha256(faultyPlugin('pinned', 'none'))}"\n`);
  const blocks = [
    ...runFaults
      .map(([label]) => label)
      .filter((label) => label !== 'pinned')
      .map((label) => block(label)),
    pinned,
  ];
  configure(blocks);
  const { agent, log } = start();
  await log.line(/agent\.plugin_manager: successfully launched and dispensed plugin: plugin_name=stopped/);
  const ids = await eventually('the policies', async () => {
    const all = await policies();
    return all.length === runFaults.length + 1 ? new Map(all.map(({ name, id }) => [id, name])) : undefined;
  });
  const ticks = () => log.ticks(ids, ['web', 'good']);
  await eventually('both sound policies tick', async () =>
    ticks().every(({ at }) => at.length >= 2) ? true : undefined,
  );
  const pid = async (label: string) => (await plugins()).find((row) => row.label === label)?.pid ?? 0;

  const brokenAt = Date.now();
  process.kill(await pid('stopped'), 'SIGSTOP');
  const pinnedPid = await pid('pinned');
  install('pinned', 'hang');
  process.kill(pinnedPid, 'SIGKILL');
  for (const fault of startFaultNames) install(labelOf(fault), fault);
  install('twice', 'none');
  configure([...blocks, ...startFaultNames.map((fault) => block(labelOf(fault))), block('twice'), block('twice')]);
  agent.process.kill('SIGHUP');

  const since = ({ at }: { readonly at: readonly number[] }) => at.filter((time) => time >= brokenAt);
  const elapsed = () => (Date.now() - brokenAt) / 1000;
  const beat = () => {
    const counts = ticks().map((one) => `${one.name} ${since(one).length}`);
    return `ticks beside it: ${counts.join(', ')} in ${elapsed().toFixed(1)} s`;
  };
  const table: string[][] = [];
  const rssBefore = rssMib(agent.process.pid ?? 0);
  for (const { fault, label, lines, state, metrics: wanted } of rows(pathOf, configFile)) {
    const read = await Promise.all(lines.map((pattern) => log.line(pattern, 50_000)));
    const row = await eventually(`the state of ${label}`, async () => {
      const found = (await plugins()).find((one) => one.label === label);
      return found !== undefined && state(found) ? found : undefined;
    });
    for (const text of [row.error ?? '', row.last_error ?? '']) assert.doesNotMatch(text, /\n/, `${label}: ${text}`);
    const series = await metrics();
    for (const [name, least] of Object.entries(wanted)) {
      const pattern = new RegExp(
        `^nomad_autoscaler_plugin_manager_${name}\\{.*plugin_name="${label}".*\\} (\\d+)$`,
        'm',
      );
      const value = Number(pattern.exec(series)?.[1]);
      assert.ok(least === 0 ? value === 0 : value >= least, `${label}: ${name} is ${value}`);
    }
    table.push([
      fault,
      (read[0] ?? '').replace(/^\S+ /, '').replaceAll(pathOf(''), ''),
      `${row.state}, ${row.restarts} restarts`,
      beat(),
    ]);
  }
  const seconds = elapsed();
  for (const { name, at } of ticks()) {
    const seen = since({ at });
    const longest = Math.max(...seen.slice(1).map((time, index) => time - (seen[index] ?? 0)));
    assert.ok(seen.length >= seconds * leastBeat - 2, `${name} ticked ${seen.length} times in ${seconds} s`);
    assert.ok(longest < longestPauseMs, `${name} once waited ${longest} ms`);
    table.push([`(${name})`, `${seen.length} ticks in ${seconds.toFixed(1)} s, longest pause ${longest} ms`]);
  }
  assert.deepEqual(
    (await problems()).filter((problem) => problem.includes('\n')),
    [],
  );
  const rss = rssMib(agent.process.pid ?? 0);
  assert.ok(rss < rssBefore + 150 && rss < 300, `the agent takes ${rss} MiB, after ${rssBefore}`);
  assert.ok(log.floodBytes < (16 + seconds * 1.5) * 2 ** 20, `the flood filled the log: ${log.floodBytes} bytes`);
  assert.doesNotMatch(log.text(), /^\s+at .*:\d+:\d+\)?$/m);
  t.diagnostic(
    `agent: RSS ${rssBefore.toFixed(0)} → ${rss.toFixed(0)} MiB; of the flood ${(log.floodBytes / 2 ** 20).toFixed(0)} MiB were logged`,
  );
  for (const cells of table) t.diagnostic(cells.join(' | '));
});
