/** Allocations of something: of a job, a deployment, an evaluation. */
import type { Allocation } from '../allocation.ts';
import { allocationStub, plainStub } from './allocation-json.ts';
import { answer } from './blocking.ts';
import type { Call } from './call.ts';
import type { ApiResponse } from './http.ts';
import type { ApiParts } from './parts.ts';

/** @param key  what wakes who waits for them. */
export function answerAllocations(
  { reader, store }: ApiParts,
  call: Call,
  key: string,
  rows: () => readonly Allocation[],
): Promise<ApiResponse> {
  return answer(reader, call, {
    keys: [key],
    index: () => newest(rows(), store.state.allocations.index),
    read: () => ({ value: rows().map((one) => allocationStub(one, plainStub)) }),
  });
}

/** The highest index of these, or the table's when there are none. */
export function newest(rows: readonly ({ readonly ModifyIndex: number } | undefined)[], table: number): number {
  let index = 0;
  for (const row of rows) index = Math.max(index, row?.ModifyIndex ?? 0);
  return index || table;
}
