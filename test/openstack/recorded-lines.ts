/** The texts of log lines that the real autoscaler wrote in the same case, held against ours. */
import { readFileSync } from 'node:fs';
import { sharedPath } from '../support/shared.ts';

/** One node, then two; and three that were drained, stopped, deleted and purged. */
const recordings = ['02-client-idle-then-load', '05-scale-in-by-name', '06b-scale-in-by-id-with-allocations'];

/** Whose lines an operator reads to follow a scaling. */
const loggers =
  /^(?:policy_manager(?:\.policy_handler(?:\.check_handler)?)?|internal_plugin\.nomad-apm|external_plugin\.os-nova)$/;

/** Of what was recorded beside the case: more servers were to go than there were nodes that could be told apart. */
const excepted: readonly RegExp[] = [
  /: unable to scale target$/,
  /: (?:can only identify|identified) portion of requested nodes for removal$/,
];

/** @returns the texts that are missing from a log, by logger and level; undefined when there are no recordings. */
export function missingFrom(log: string): readonly string[] | undefined {
  const files = recordings.map((name) => sharedPath(`golden/autoscaler/seed/${name}/agent.log`));
  const ours = new Set(textsOf(log));
  const wanted = files.flatMap((file) => (file === undefined ? [] : textsOf(readFileSync(file, 'utf8'))));
  if (wanted.length === 0) return undefined;
  return [...new Set(wanted)].filter((text) => !ours.has(text) && !excepted.some((one) => one.test(text))).sort();
}

/** `[INFO] external_plugin.os-nova: triggering drain on node`: without fields, IDs and numbers. */
function textsOf(log: string): readonly string[] {
  return log.split('\n').flatMap((line) => {
    const [, level, logger = '', message = ''] = /^\S+ \[(\w+)\]\s+([\w.-]+): (.*)$/.exec(line) ?? [];
    if (!loggers.test(logger)) return [];
    const text = message
      .replace(/: [\w.]+=.*$/, '')
      .replace(uuid, '<id>')
      .replace(/\d+/g, '<n>');
    return [`[${level}] ${logger}: ${text}`];
  });
}

const uuid = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g;
