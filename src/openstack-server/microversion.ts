/** Which version of Nova's API a request speaks. */
import type { Call } from './call.ts';
import { Refusal } from './refusal.ts';

export const oldest = '2.1';

export function isAtLeast(version: string, other: string): boolean {
  return minorOf(version) >= minorOf(other);
}

const minorOf = (version: string): number => Number(version.split('.')[1]);

/**
 * The version of the headers; without them the oldest.
 *
 * @throws 406 for one that is newer than `newest`, 400 for what is none.
 */
export function microversionOf(call: Call, newest: string): string {
  const modern = call.headers['openstack-api-version'];
  const asked = modern?.startsWith('compute ')
    ? modern.slice('compute '.length)
    : call.headers['x-openstack-nova-api-version'];
  if (asked === undefined) return oldest;
  if (asked === 'latest') return newest;
  if (!/^\d+\.\d+$/.test(asked)) {
    throw new Refusal(400, `API Version String ${asked} is of invalid format. Must be of format MajorNum.MinorNum.`);
  }
  if (!asked.startsWith('2.') || !isAtLeast(asked, oldest) || !isAtLeast(newest, asked)) {
    throw new Refusal(
      406,
      `Version ${asked} is not supported by the API. Minimum is ${oldest} and maximum is ${newest}.`,
    );
  }
  return asked;
}
