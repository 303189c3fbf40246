/** The door for plugin authors: the words, the schema language, and what makes a plugin. Running one is in `sdk/serve`. */
export { unlessAborted } from '../lib/abort.ts';
export type { Clock } from '../lib/clock.ts';
export { DeadlineExceeded, sleep, withDeadline } from '../lib/clock.ts';
export { formatDuration, parseDuration } from '../lib/duration.ts';
export { eachOf } from '../lib/each.ts';
export type { Blame, ErrorFacts } from '../lib/error.ts';
export { AutoscalerError, explain, inContext, isAbort, nodeCode, usageError } from '../lib/error.ts';
export { goBool, goBoolProblem } from '../lib/go-bool.ts';
export type { JsonObject } from '../lib/json.ts';
export { isJsonObject } from '../lib/json.ts';
export type { LogFields, Logger } from '../lib/log.ts';
export type { Backoff, RetryPlan } from '../lib/retry.ts';
export { backoffMs, retry } from '../lib/retry.ts';
export { hiding, isSecretKey, shownAddress } from '../lib/secret.ts';
export { urlUser } from '../lib/url.ts';
export type { Action, Direction, Meta } from '../model/action.ts';
export { metaKeys, noAction } from '../model/action.ts';
export type { Metric, TimeRange } from '../model/metric.ts';
export type {
  ApmSession,
  Awaitable,
  PluginDefinition,
  PluginInfo,
  PluginType,
  PluginWorld,
  StrategyInput,
  StrategySession,
  TargetSession,
} from '../model/plugin.ts';
export type { StringMap } from '../model/policy.ts';
export type { Outcome, TargetStatus } from '../model/target.ts';
export { noOp, scaled, statusMetaKeys } from '../model/target.ts';
export type { HttpAnswer, TlsMaterial } from '../nomad/transport.ts';
export {
  block,
  bool,
  duration,
  integer,
  listOf,
  number,
  oneOf,
  optional,
  secret,
  text,
  url,
  withPrefix,
} from '../schema/field.ts';
export type { Fields, Infer, Schema } from '../schema/schema.ts';
export type { Problem } from '../schema/strings.ts';
export type { StepLimits } from './action.ts';
export { hold, invalidValue, missingField, moveTo, newestOf, stepFields } from './action.ts';
export { httpAddress } from './address.ts';
export type { Advice, Rule } from './config-reader.ts';
export type { ApmPlan, ApmVerbs, StrategyPlan, TargetPlan, TargetVerbs } from './define.ts';
export { defineApm, defineStrategy, defineTarget } from './define.ts';
export { isSuccess, jsonObject, leadsTo, refusalText, statusFacts } from './http-answer.ts';
export type { Fetch, HttpService, HttpServiceOptions, ServiceRequest } from './http-service.ts';
export { answeredWithin, openHttpService } from './http-service.ts';
export { instantRefused, isInstant, mostSeriesBytes, onlySeries } from './series.ts';
