/** What happens to a host and a plugin in each cell of the matrix, and how it should end, whichever of the two is Go's. */
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { status } from '../../src/goplugin/status.ts';
import { noAction } from '../../src/model/action.ts';
import type { PluginType } from '../../src/model/plugin.ts';
import { never } from '../support/goplugin.ts';
import type { Network, Pair } from '../support/plugin-pair.ts';
import { isAlive } from '../support/proc.ts';
import { callsOf, isGone, runInput, span, up } from './calls.ts';

export type Side = 'ours' | 'Go';

/** A row of the matrix. */
export interface Way {
  readonly host: Side;
  readonly plugin: Side;
  readonly type: PluginType;
  readonly isEncrypted: boolean;
  readonly network: Network;
}

export interface Situation {
  readonly title: string;
  /** Rows of the checklists that it drives. */
  checked?(way: Way): readonly string[];
  /** Whether it needs a plugin of its own, since it ends it. */
  endsPlugin?(way: Way): boolean;
  /** @returns what differs from one implementation to the other, where that is as it should be. */
  // biome-ignore lint/suspicious/noConfusingVoidType: most of them have nothing to say
  run(pair: Pair, way: Way): Promise<string | void>;
}

const count = 1000;

/** A Go plugin that has no evaluation or status to give falls over: spec plugins.md §3.3. */
const fallsOver = ({ plugin, type }: Way) => plugin === 'Go' && type !== 'apm';

export const situations: readonly Situation[] = [
  {
    title: 'info, config',
    checked: ({ host, plugin, isEncrypted, network }) =>
      isEncrypted && network === 'tcp' && host !== plugin ? ['go-plugin #67'] : [],
    async run(pair, { type, isEncrypted, network }) {
      assert.match(pair.address, network === 'tcp' ? /^127\.0\.0\.1:\d+$/ : /^\/.*plugin[^/]+$/);
      assert.equal(pair.isEncrypted, isEncrypted);
      assert.deepEqual(await pair.info(), { name: `fixture-${type}`, type });
      await pair.setConfig({ a: 'b', 'ключ "k"': 'line\nline' });
      assert.equal((await pair.log.has('configured')).fields['keys'], 2);
    },
  },
  {
    title: 'calls',
    checked: ({ type, host, plugin }) => {
      if (host === plugin) return [];
      return { apm: ['plugins #13', '#23'], strategy: ['plugins #24'], target: ['plugins #6'] }[type];
    },
    run: (pair, { type }) => callsOf[type].answersAll(pair),
  },
  {
    title: 'errors',
    checked: ({ host, plugin, type }) => (host !== plugin && type === 'target' ? ['plugins #19'] : []),
    async run(pair, { type }) {
      const text = 'broken: 100 % “ümlaut” <&>\nsecond line';
      const unknown = { status: status.unknown, details: text, message: `rpc error: code = Unknown desc = ${text}` };
      await assert.rejects(callsOf[type].tell(pair, 'fail', text), unknown);
      await assert.rejects(pair.setConfig({ fail: text }), unknown);
      if (type === 'target') await assert.rejects(async () => pair.target.scale(up, { fail: text }, never), unknown);
      assert.equal(await callsOf[type].tell(pair, 'slow_ms', '0', 4), 4);
    },
  },
  {
    title: 'no-op errors',
    async run(pair, { type, host, plugin }) {
      await assert.rejects(callsOf[type].tell(pair, 'abort', 'no'), { status: status.aborted, details: 'no' });
      if (type !== 'target') return undefined;
      const reason = 'nothing to do: 4 are there';
      const scale = async (key: string) => pair.target.scale(up, { [key]: reason }, never);
      if (host === 'Go') await assert.rejects(scale('noop'), { status: status.aborted, details: reason });
      else assert.deepEqual(await scale('noop'), { kind: 'no-op', reason });
      // The SDK of this release has an error for it and does not tell it from others on the wire.
      if (plugin === 'Go') await assert.rejects(scale('sdk_noop'), { status: status.unknown, details: reason });
      return host === 'Go' ? 'Aborted' : undefined;
    },
  },
  {
    title: 'nil answers',
    checked: ({ host, plugin, type }) =>
      type === 'strategy' && host === 'ours' && plugin === 'ours' ? ['plugins #17'] : [],
    endsPlugin: fallsOver,
    async run(pair, way) {
      const { type, host } = way;
      if (fallsOver(way)) {
        await assert.rejects(callsOf[type].tell(pair, 'nil', ''), isGone);
        await pair.log.has(/^panic: runtime error: invalid memory address/);
        return 'panic';
      }
      if (type === 'apm') {
        assert.deepEqual(await pair.apm.query('nil', span, never), []);
        assert.deepEqual(await pair.apm.queryMultiple('nil', span, never), []);
        assert.deepEqual(await pair.apm.queryMultiple('nils', span, never), [[]]);
        return;
      }
      if (type === 'strategy') {
        const action = await pair.strategy.run(runInput({ nil: '' }), never);
        assert.deepEqual(action, host === 'ours' ? undefined : noAction);
        return host === 'ours' ? undefined : 'zero action';
      }
      const absent = async () => pair.target.status({ nil: '' }, never);
      if (host === 'ours') assert.equal(await absent(), undefined);
      else await assert.rejects(absent, { status: status.notFound, details: 'target does not exist' });
      return host === 'ours' ? undefined : 'NotFound';
    },
  },
  {
    title: 'log levels',
    checked: ({ host, plugin }) => {
      if (host === 'Go' && plugin === 'ours') return ['go-plugin #114'];
      return host === 'ours' && plugin === 'Go' ? ['go-plugin #103'] : [];
    },
    async run(pair) {
      await pair.setConfig({ log: 'm' });
      for (const level of ['trace', 'debug', 'info', 'warn', 'error'] as const) {
        const line = await pair.log.has(`${level} m`);
        assert.equal(line.level, level);
        assert.deepEqual([line.fields['n'], line.fields['s']], [12, 'bar']);
        assert.match(String(line.fields['timestamp']), /^20\d\d-.*T.*\d(Z|[+-]\d\d:?\d\d)$/);
      }
    },
  },
  {
    title: '10 MB',
    checked: ({ host, plugin }) => (host !== plugin ? ['go-plugin #79'] : []),
    run: (pair, { type }) => callsOf[type].answersMuch(pair),
  },
  {
    title: '1,000 in flight',
    async run(pair, { type }) {
      const numbers = Array.from({ length: count }, (_, at) => at);
      const answers = await Promise.all(numbers.map((at) => callsOf[type].tell(pair, 'together', String(count), at)));
      assert.deepEqual(answers, numbers);
    },
  },
  {
    title: 'crash',
    checked: ({ host, plugin }) => {
      if (host === 'Go' && plugin === 'ours') return ['go-plugin #115'];
      return host === 'ours' && plugin === 'Go' ? ['go-plugin #109'] : [];
    },
    endsPlugin: () => true,
    async run(pair, { type, plugin }) {
      const other = assert.rejects(callsOf[type].tell(pair, 'slow_ms', '60000'), isGone);
      await pair.log.has('slow call began');
      const began = performance.now();
      await assert.rejects(callsOf[type].tell(pair, 'crash', ''), isGone);
      await other;
      assert.ok(performance.now() - began < 2000);
      const { level, fields } = await pair.log.has('plugin process exited');
      assert.deepEqual([level, fields['error']], ['error', 'exit status 2']);
      const errors = pair.log.lines('error');
      assert.ok(errors.includes('ERROR panic: boom'), errors.join('\n'));
      const stack = plugin === 'Go' ? /goroutine \d+ \[running\]/ : /at .*plugin\.ts:\d+/;
      assert.ok(
        errors.some((line) => stack.test(line)),
        errors.join('\n'),
      );
      await assert.rejects(callsOf[type].tell(pair, 'slow_ms', '0'));
      assert.ok((await pair.kill()).ms < 1000);
    },
  },
  {
    title: 'kill',
    checked: ({ host, plugin }) => (host !== plugin ? ['go-plugin #118'] : []),
    async run(pair, { network }) {
      const socket = pair.address;
      const before = pair.log.records.length;
      assert.equal(existsSync(socket), network === 'unix');
      const { forced, ms } = await pair.kill();
      assert.deepEqual([forced, ms < 2000], [false, true]);
      await pair.log.has('closed');
      const { level, fields } = await pair.log.has('plugin process exited');
      assert.deepEqual([level, fields['error']], ['info', undefined]);
      assert.equal(isAlive(pair.pluginPid), false);
      assert.equal(existsSync(socket), false);
      const loud = pair.log.records.slice(before).filter((record) => ['warn', 'error'].includes(record.level));
      assert.deepEqual(loud, []);
    },
  },
];
