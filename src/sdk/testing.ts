/**
 * The door for tests of plugins: a clock that stands still, and a conformance suite per type through which a plugin goes
 * in this process and as a process of its own.
 *
 *     for (const { title, skip, run } of strategyConformance(inProcess(plugin), sample)) test(title, { skip }, run);
 */
export type { VirtualClock } from '../lib/clock.ts';
export { virtualClock } from '../lib/clock.ts';
export { noLog } from '../lib/log.ts';
export { noTelemetry } from '../lib/telemetry.ts';
export type { CommonSample } from './conformance.ts';
export { type ApmSample, apmConformance } from './conformance-apm.ts';
export type { ConformanceCase } from './conformance-case.ts';
export { type StrategySample, strategyConformance } from './conformance-strategy.ts';
export { type TargetSample, targetConformance } from './conformance-target.ts';
export { asProcess, inProcess, type ProcessCommand, type Subject, testWorld } from './subject.ts';
