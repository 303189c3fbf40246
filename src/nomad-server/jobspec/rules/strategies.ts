/** What is wrong with update, restart, reschedule and disconnect blocks. Source: spec jobspec.md §8. */
import type { DisconnectStrategy, ReschedulePolicy, RestartPolicy, UpdateStrategy } from '../../../nomad/types.ts';
import { goTime, when } from './problems.ts';

const second = 1_000_000_000;
const healthChecks = new Set(['checks', 'task_states', 'manual']);

export function updateRules(update: UpdateStrategy): readonly string[] {
  const { MaxParallel, Canary, MinHealthyTime: least, HealthyDeadline: healthy, ProgressDeadline: progress } = update;
  const deadlines = `${goTime(healthy)} > ${goTime(progress)}`;
  return [
    ...when(!healthChecks.has(update.HealthCheck), `Invalid health check given: "${update.HealthCheck}"`),
    ...when(MaxParallel < 0, `Max parallel can not be less than zero: ${MaxParallel} < 0`),
    ...when(Canary < 0, `Canary count can not be less than zero: ${Canary} < 0`),
    ...when(Canary === 0 && update.AutoPromote, 'Auto Promote requires a Canary count greater than zero'),
    ...when(least < 0, `Minimum healthy time may not be less than zero: ${goTime(least)}`),
    ...when(healthy <= 0, `Healthy deadline must be greater than zero: ${goTime(healthy)}`),
    ...when(progress < 0, `Progress deadline must be zero or greater: ${goTime(progress)}`),
    ...when(
      least >= healthy,
      `Minimum healthy time must be less than healthy deadline: ${goTime(least)} > ${goTime(healthy)}`,
    ),
    ...when(
      progress !== 0 && healthy >= progress,
      `Healthy deadline must be less than progress deadline: ${deadlines}`,
    ),
    ...when(update.Stagger <= 0, `Stagger must be greater than zero: ${goTime(update.Stagger)}`),
  ];
}

const leastRestartInterval = 5 * second;

export function restartRules({ Mode, Attempts, Interval, Delay }: RestartPolicy): readonly string[] {
  const tries = `${Attempts} times in an interval of ${goTime(Interval)} with a delay of ${goTime(Delay)}`;
  return [
    ...when(Mode !== 'fail' && Mode !== 'delay', `Unsupported restart mode: "${Mode}"`),
    ...when(Mode === 'delay' && Attempts === 0, 'Restart policy "delay" with 0 attempts is ambiguous'),
    ...when(Interval < leastRestartInterval, `Interval can not be less than 5s (got ${goTime(Interval)})`),
    ...when(Attempts * Delay > Interval, `Nomad can't restart the TaskGroup ${tries}`),
  ];
}

const leastDelay = 5 * second;
const leastInterval = 15 * second;
const delayFunctions = new Set(['constant', 'exponential', 'fibonacci']);

export function rescheduleRules(policy: ReschedulePolicy): readonly string[] {
  const { Attempts, Interval, Delay, DelayFunction, MaxDelay, Unlimited } = policy;
  const isConstant = DelayFunction === 'constant';
  if (Attempts === 0 && !Unlimited) return [];
  const setting = `Attempts = ${Attempts}, Interval = ${goTime(Interval)}, and Unlimited = ${Unlimited}`;
  const functions = '["constant" "exponential" "fibonacci"]';
  const isKnown = delayFunctions.has(DelayFunction);
  const tooShort = `Max Delay cannot be less than Delay ${goTime(Delay)} (got ${goTime(MaxDelay)})`;
  return [
    ...when(Attempts > 0 && Unlimited, `Reschedule Policy with ${setting} is ambiguous`),
    ...when(Attempts > 0 && Interval <= 0, 'Interval must be a non zero value if Attempts > 0'),
    ...when(Attempts > 0 && Unlimited, 'If Attempts >0, Unlimited cannot also be set to true'),
    ...when(Delay < leastDelay, `Delay cannot be less than 5s (got ${goTime(Delay)})`),
    ...when(!isKnown, `Invalid delay function "${DelayFunction}", must be one of ${functions}`),
    // Compat: the delay is named where the longest one is meant.
    ...when(isKnown && !isConstant && MaxDelay < leastDelay, `Max Delay cannot be less than 5s (got ${goTime(Delay)})`),
    ...when(isKnown && !isConstant && MaxDelay < Delay, tooShort),
    ...when(!Unlimited && Interval < leastInterval, `Interval cannot be less than 15s (got ${goTime(Interval)})`),
    ...(isKnown && !Unlimited ? attemptRules(policy) : []),
  ];
}

/** Whether all attempts find their time in the interval. */
function attemptRules(policy: ReschedulePolicy): readonly string[] {
  const { Attempts, Interval, Delay, DelayFunction, MaxDelay } = policy;
  let needed = 0;
  let possible = 0;
  for (const delay of delays(policy)) {
    needed += delay;
    if (needed <= Interval) possible++;
  }
  if (possible >= Attempts) return [];
  const made = `${possible} attempts in ${goTime(Interval)} with initial delay ${goTime(Delay)}`;
  const how =
    DelayFunction === 'constant'
      ? ` and delay function "${DelayFunction}"`
      : `, delay function "${DelayFunction}", and delay ceiling ${goTime(MaxDelay)}`;
  return [
    `Nomad can only make ${made}${how}`,
    `Set the interval to at least ${goTime(needed)} to accommodate ${Attempts} attempts`,
  ];
}

function* delays({ Attempts, Delay, DelayFunction, MaxDelay }: ReschedulePolicy): Generator<number> {
  let [former, delay] = [0, Delay];
  for (let at = 0; at < Attempts; at++) {
    yield DelayFunction === 'constant' ? Delay : Math.min(delay, MaxDelay);
    if (DelayFunction === 'exponential') delay *= 2;
    else [former, delay] = [delay, former === 0 ? delay : former + delay];
  }
}

const reconciles = new Set(['best_score', 'keep_original', 'keep_replacement', 'longest_running']);

export function disconnectRules(block: DisconnectStrategy): readonly string[] {
  const { LostAfter, StopOnClientAfter, Reconcile } = block;
  const isBoth = LostAfter > 0 && StopOnClientAfter !== null;
  return [
    ...when(isBoth, 'Disconnect cannot be configured with both lost_after and stop_after'),
    ...when(LostAfter < 0, 'lost_after cannot be a negative duration'),
    ...when(!reconciles.has(Reconcile), `reconcile option is invalid: ${Reconcile}`),
  ];
}
