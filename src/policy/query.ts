/** Queries for Nomad's APM in their short forms, and what they stand for. Source: spec policy.md §4.3. */
import { escapeQuery } from '../lib/url.ts';
import { type StringMap, targetKeys, targetKind } from '../model/policy.ts';

/** `avg_cpu`: an operation and a metric. A query with a `/` is written out. */
export function isShortQuery(query: string): boolean {
  return query.includes('_') && !query.includes('/');
}

/**
 * Writes a short query out for the target at hand: `taskgroup_avg_cpu/group/job@namespace`,
 * `node_percentage-allocated_cpu/node_class=web,datacenter=dc1`. Other queries stay as they are, except the form of
 * version 0.5.0, `node_percentage-allocated_cpu/web/class`, which means `…/node_class=web`.
 */
export function expandQuery(query: string, target: StringMap): string {
  const old = oldNodeQuery(query);
  if (old !== undefined) return old;
  if (!isShortQuery(query)) return query;
  switch (targetKind(target)) {
    case 'task-group': {
      const { [targetKeys.group]: group, [targetKeys.job]: job, [targetKeys.namespace]: namespace } = target;
      // Upstream leaves the namespace empty, which its own APM refuses; the target takes it as `default`, and so do we.
      return `taskgroup_${query}/${group}/${job}@${namespace || 'default'}`;
    }
    case 'node-pool': {
      const keys = [targetKeys.nodeClass, targetKeys.datacenter, targetKeys.nodePool];
      const given = keys.filter((key) => key in target);
      return `node_${query}/${given.map((key) => `${key}=${formEncode(target[key] ?? '')}`).join(',')}`;
    }
    default:
      return query;
  }
}

/** @returns the present form of `node_<query>/<class>/class`, if that is what it is. */
export function oldNodeQuery(query: string): string | undefined {
  const [, head, nodeClass] = /^(node_[^/]+)\/([^/=]+)\/class$/.exec(query) ?? [];
  return nodeClass === undefined ? undefined : `${head}/${targetKeys.nodeClass}=${formEncode(nodeClass)}`;
}

/** Go's url.QueryEscape. */
function formEncode(text: string): string {
  return escapeQuery(text).replaceAll('%20', '+');
}
