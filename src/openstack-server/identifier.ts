/** Names and times as OpenStack writes them. */

/** A random UUID (version 4), from a source in [0, 1). */
export function newUuid(random: () => number): string {
  const hex = newHexId(random);
  const variant = (8 + (Number.parseInt(hex.slice(16, 17), 16) % 4)).toString(16);
  return [
    hex.slice(0, 8),
    hex.slice(8, 12),
    `4${hex.slice(13, 16)}`,
    `${variant}${hex.slice(17, 20)}`,
    hex.slice(20),
  ].join('-');
}

/** 32 hex digits, as IDs of projects and users are written. */
export function newHexId(random: () => number): string {
  const digits = () =>
    Math.floor(random() * 0x1_0000_0000)
      .toString(16)
      .padStart(8, '0');
  return digits() + digits() + digits() + digits();
}

export const isUuid = (text: string): boolean => /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text);

/** `2026-11-25T00:15:56Z` */
export const toSecond = (ms: number): string => `${new Date(ms).toISOString().slice(0, 19)}Z`;

/** `2026-11-25T00:15:56.000000Z` */
export const toMicrosecond = (ms: number): string => new Date(ms).toISOString().replace('Z', '000Z');
