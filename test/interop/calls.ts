/** What the two fixture plugins, go/plugin and plugin.ts, can be told by a call of each type, and what they answer. */
import assert from 'node:assert/strict';
import { RpcError, status } from '../../src/goplugin/status.ts';
import type { Action } from '../../src/model/action.ts';
import type { PluginType, StrategyInput } from '../../src/model/plugin.ts';
import type { StringMap } from '../../src/model/policy.ts';
import { never } from '../support/goplugin.ts';
import type { Pair } from '../support/plugin-pair.ts';

export const up: Action = {
  direction: 'up',
  count: 4,
  reason: 'more <load>',
  meta: { nomad_policy_id: 'p', deep: { a: [1] } },
};

/** Ten seconds, five nanoseconds off the second. */
export const span = { from: 1_600_000_000_000, fromNanos: 5, to: 1_600_000_010_000, toNanos: 5 };

export const runInput = (config: StringMap): StrategyInput => ({
  ...{ check: 'c', source: 's', query: 'q', queryWindowMs: 90_000, strategy: 'fixture', config, count: 3 },
  metrics: [{ at: 1_600_000_000_000, atNanos: 1, value: 2 }],
  meta: {},
});

/** The same for each type. */
export interface TypeCalls {
  /** A call that tells the plugin `key: text`. @returns the count or value that it was to answer with. */
  tell(pair: Pair, key: string, text: string, value?: number): Promise<number | undefined>;
  /** Ordinary calls, with everything in their answers that can be there. */
  answersAll(pair: Pair): Promise<void>;
  /** An answer of ten million bytes. */
  answersMuch(pair: Pair): Promise<void>;
}

export const callsOf: Readonly<Record<PluginType, TypeCalls>> = {
  apm: {
    async tell({ apm }, key, text, value = 0) {
      return (await apm.query(`${key}:${text}/${value}`, span, never))[0]?.value;
    },
    async answersAll({ apm }) {
      const points = await apm.query('fixed:5', span, never);
      assert.equal(points.length, 10);
      assert.deepEqual(points[0], { at: 1_600_000_001_000, atNanos: 5, value: 5 });
      assert.deepEqual(await apm.queryMultiple('fixed:5', span, never), [points]);
      for (const value of [Number.NaN, Number.POSITIVE_INFINITY, -1e-300]) {
        assert.deepEqual((await apm.query(`fixed:${value}`, span, never))[0]?.value, value);
      }
    },
    async answersMuch({ apm }) {
      const points = await apm.query('points:500000', { ...span, fromNanos: 0 }, never);
      assert.equal(points.length, 500_000); // of 20 bytes and more each
      assert.deepEqual(points.at(-1), { at: span.from + 499_999_000, atNanos: 5, value: 499_999.5 });
    },
  },
  strategy: {
    async tell({ strategy }, key, text, value = 0) {
      return (await strategy.run(runInput({ [key]: text, count: String(value) }), never))?.count;
    },
    async answersAll({ strategy, log }) {
      const config = { count: '5', reason: 'because', direction: 'up' };
      assert.deepEqual(await strategy.run(runInput(config), never), {
        ...{ direction: 'up', count: 5, reason: 'because', meta: { n: 1e6, list: ['a', { b: null }] } },
      });
      const { fields } = await log.has('run');
      assert.deepEqual([fields['count'], fields['window_ms'], fields['points']], [3, 90_000, 1]);
      assert.equal((await strategy.run(runInput({ direction: 'down' }), never))?.direction, 'down');
    },
    async answersMuch({ strategy }) {
      const action = await strategy.run(runInput({ big: '10000000' }), never);
      assert.equal(action?.reason, 'x'.repeat(10_000_000));
    },
  },
  target: {
    async tell({ target }, key, text, value = 0) {
      return (await target.status({ [key]: text, count: String(value) }, never))?.count;
    },
    async answersAll({ target, log }) {
      assert.deepEqual(await target.status({ count: '7' }, never), {
        ...{ ready: true, count: 7, lastEventAt: 1_600_000_000_123, meta: { more: 'facts' } },
      });
      assert.equal((await target.status({ ready: 'false' }, never))?.ready, false);
      assert.deepEqual(await target.scale(up, {}, never), { kind: 'scaled' });
      const { fields } = await log.has('scale');
      assert.deepEqual([fields['count'], fields['direction'], fields['reason']], [4, 'up', up.reason]);
      assert.deepEqual(JSON.parse(String(fields['meta'])), up.meta);
    },
    async answersMuch({ target }) {
      const status = await target.status({ big: '10000000' }, never);
      assert.equal(status?.meta['big'], 'x'.repeat(10_000_000));
    },
  },
};

/** How a call fails whose plugin is gone. */
export const isGone = (error: unknown): boolean =>
  error instanceof RpcError && (error.status === status.unavailable || error.status === status.cancelled);
