/** What makes a policy of a job well formed. Source: spec policy.md §4.2. */
import { parseDuration } from '../lib/duration.ts';
import { isJsonObject, type JsonObject } from '../lib/json.ts';
import { strategyWithoutMetrics } from '../model/policy.ts';
import type { ScalingPolicy } from '../nomad/types.ts';
import { emptyChecks } from './complete.ts';
import { bodyOf, typeName } from './nomad-blocks.ts';
import { readSchedule } from './schedule.ts';

type Tell = (message: string) => void;

const emptyPolicy =
  "empty policy, this policy won't execute any verification or scaling and should have enabled set to false";

/** @returns everything that is wrong, each once. */
export function structuralFaults(document: ScalingPolicy): readonly string[] {
  const faults = new Set<string>();
  const tell: Tell = (message) => faults.add(message);
  const { ID, Target, Policy, Min, Max, Type } = document;
  if (!ID) tell('ID is empty');
  if (!Target) tell('Target is nil');
  if (Policy) judgePolicy(Policy, tell);
  else tell(emptyPolicy);
  if (Min === null || Min === undefined) tell('scaling.min is missing');
  else if (Max === null || Max === undefined) tell('scaling.max is missing');
  else {
    if (Min < 0) tell("scaling.min can't be negative");
    if (Min > Max) tell('scaling.min must be smaller than scaling.max');
    if (Max < 0) tell("scaling.max can't be negative");
  }
  if (!['', 'horizontal', 'cluster'].includes(Type ?? '')) tell(`policy type "${Type}" not supported`);
  return [...faults];
}

function judgePolicy(policy: JsonObject, tell: Tell): void {
  const path = 'scaling.policy';
  for (const key of ['evaluation_interval', 'cooldown', 'cooldown_on_scale_up']) judgeDuration(policy, key, path, tell);
  if ('check' in policy) judgeBlocks(policy['check'], `${path}.check`, tell, (body, at) => judgeCheck(body, at, tell));
  else tell(emptyChecks);
  if ('target' in policy) {
    const count = judgeBlocks(policy['target'], `${path}.target`, tell, () => undefined);
    if (count > 1) tell(`expected 1 ${path}.target block, found ${count}`);
  }
  judgeSchedule(policy, path, tell);
}

function judgeCheck(check: JsonObject, path: string, tell: Tell): void {
  const { source, query, query_window: window, strategy } = check;
  if (source !== undefined && typeof source !== 'string')
    tell(`${path}.source must be string, found ${typeName(source)}`);
  if (query !== undefined && typeof query !== 'string') tell(`${path}.query must be string, found ${typeName(query)}`);
  if (query === '') tell(`${path}.query can't be empty`);
  if (window !== undefined && typeof window !== 'string') {
    tell(`${path}.query_window must be string, found ${typeName(window)}`);
  } else if (window !== undefined && window !== 'instant' && !isDuration(window)) {
    tell(`${path}.query_window must have time.Duration format or be "instant", found "${window}"`);
  }
  judgeDuration(check, 'query_window_offset', path, tell);
  judgeSchedule(check, path, tell);
  if (strategy === undefined) {
    tell(emptyChecks);
    return;
  }
  const count = judgeBlocks(strategy, `${path}.strategy`, tell, (body, at, label) => {
    if (query === undefined && source === undefined && label !== strategyWithoutMetrics)
      tell(`${at} strategy requires a query`);
    const trigger = body['within_bounds_trigger'];
    if (window === 'instant' && label === 'threshold' && String(trigger) !== '1') {
      tell(`${at}.within_bounds_trigger must be set to 1 when ${path}.query_window = "instant"`);
    }
  });
  if (count > 1) tell(`expected 1 ${path}.strategy block, found ${count}`);
}

/**
 * Judges a list of labelled blocks.
 *
 * @param each  judges one that has a body; `at` is its path with its label.
 * @returns     how many labels there are.
 */
function judgeBlocks(
  list: unknown,
  path: string,
  tell: Tell,
  each: (body: JsonObject, at: string, label: string) => void,
): number {
  if (!Array.isArray(list)) {
    tell(`${path} must be []interface{}, found ${typeName(list)}`);
    return 1;
  }
  let count = 0;
  for (const [index, element] of list.entries()) {
    if (!isJsonObject(element)) tell(`${path}[${index}] must be map[string]interface{}, found: ${typeName(element)}`);
    for (const [label, value] of Object.entries(isJsonObject(element) ? element : {})) {
      count++;
      if (label === '') tell(`block ${path} must have a label`);
      const at = `${path}[${label}]`;
      const body = judgeBody(value, at, tell);
      if (body !== undefined) each(body, at, label);
    }
  }
  return count;
}

function judgeBody(value: unknown, path: string, tell: Tell): JsonObject | undefined {
  const body = bodyOf(value);
  if (body !== undefined) return body;
  if (!Array.isArray(value)) tell(`${path} must be []interface{}, found ${typeName(value)}`);
  else if (value.length !== 1) tell(`${path} must have length 1, found ${value.length}`);
  else tell(`${path}[0] must be map[string]interface{}, found ${typeName(value[0])}`);
  return undefined;
}

function judgeSchedule({ schedule }: JsonObject, path: string, tell: Tell): void {
  if (schedule === undefined) return;
  const body = judgeBody(schedule, `${path}.schedule`, tell);
  if (body === undefined) return;
  const got = readSchedule(scheduleTexts(body));
  if (!got.ok) tell(`${path}.schedule: ${got.why}`);
}

/** The texts of a schedule; what is no text is as if it were not there. */
export function scheduleTexts({ start, end, duration }: JsonObject) {
  const text = (value: unknown) => (typeof value === 'string' ? value : undefined);
  return { start: text(start), end: text(end), duration: text(duration) };
}

function judgeDuration(body: JsonObject, key: string, path: string, tell: Tell): void {
  const value = body[key];
  if (value === undefined) return;
  if (typeof value !== 'string') tell(`${path}.${key} must be string, found ${typeName(value)}`);
  else if (!isDuration(value)) tell(`${path}.${key} must have time.Duration format, found "${value}"`);
}

function isDuration(text: string): boolean {
  try {
    return Number.isFinite(parseDuration(text));
  } catch {
    return false;
  }
}
