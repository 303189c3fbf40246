/** Signals by name and number. Pure. */
import { constants } from 'node:os';
import type { TaskEnd } from './task-events.ts';

const numbers: Readonly<Record<string, number>> = constants.signals;

/** @returns undefined when there is no such signal. */
export function signalNamed(name: string): NodeJS.Signals | undefined {
  return Object.hasOwn(numbers, name) ? (name as NodeJS.Signals) : undefined;
}

/** How a process ends that a signal ends. */
export function endBySignal(name: NodeJS.Signals): TaskEnd {
  const signal = numbers[name] ?? 0;
  return { code: 128 + signal, signal };
}
