/**
 * Version constraints: `>= 1.2, < 2`, `~> 1.4`. With operand `version` a pre-release only matches a constraint that
 * names one with the same numbers; with `semver` it compares like any other.
 *
 * Compat: spec nomad-scheduler.md §11.2.
 */

interface Version {
  readonly numbers: readonly number[];
  /** How many numbers were written: `~> 1.4` lets the second move, `~> 1.4.0` the third. */
  readonly written: number;
  readonly preRelease: string;
}

const versionText = /^v?(\d+(?:\.\d+)*)(?:-([0-9A-Za-z.~-]+))?(?:\+[0-9A-Za-z.~-]+)?$/;
const constraintText = /^\s*(=|!=|>=|<=|>|<|~>)?\s*(\S+)\s*$/;

/** True when the version meets every part of the comma list; false also for what cannot be read. */
export function meetsVersion(version: string, constraints: string, flavour: 'version' | 'semver'): boolean {
  const found = parseVersion(version);
  if (found === undefined) return false;
  return constraints.split(',').every((part) => {
    const [, operator = '=', wanted = ''] = constraintText.exec(part) ?? [];
    const limit = parseVersion(wanted);
    return limit !== undefined && meets(found, operator, limit, flavour === 'version');
  });
}

/** @returns the first part of a comma list that is no constraint; undefined when all are. */
export function malformedConstraint(constraints: string): string | undefined {
  return constraints.split(',').find((part) => parseVersion(constraintText.exec(part)?.[2] ?? '') === undefined);
}

function parseVersion(text: string): Version | undefined {
  const match = versionText.exec(text.trim());
  if (match === null) return undefined;
  const written = (match[1] ?? '').split('.').map(Number);
  const numbers = [...written];
  while (numbers.length < 3) numbers.push(0);
  return { numbers, written: written.length, preRelease: match[2] ?? '' };
}

function meets(found: Version, operator: string, limit: Version, strictPreRelease: boolean): boolean {
  if (strictPreRelease && operator !== '=' && operator !== '!=' && !preReleasesMayMeet(found, limit)) return false;
  const order = compare(found, limit);
  switch (operator) {
    case '=':
      return order === 0;
    case '!=':
      return order !== 0;
    case '>':
      return order > 0;
    case '>=':
      return order >= 0;
    case '<':
      return order < 0;
    case '<=':
      return order <= 0;
    default:
      return order >= 0 && sharesBase(found, limit);
  }
}

function preReleasesMayMeet(found: Version, limit: Version): boolean {
  if (found.preRelease === '') return true;
  return limit.preRelease !== '' && compareNumbers(found, limit) === 0;
}

/** `~>`: all written numbers but the last are the same. */
function sharesBase(found: Version, limit: Version): boolean {
  const base = Math.max(limit.written - 1, 1);
  for (let at = 0; at < base; at++) if (found.numbers[at] !== limit.numbers[at]) return false;
  return true;
}

function compare(a: Version, b: Version): number {
  return compareNumbers(a, b) || comparePreReleases(a.preRelease, b.preRelease);
}

function compareNumbers(a: Version, b: Version): number {
  const length = Math.max(a.numbers.length, b.numbers.length);
  for (let at = 0; at < length; at++) {
    const difference = (a.numbers[at] ?? 0) - (b.numbers[at] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

/** A release is above its pre-releases; parts compare as numbers where both are numbers. */
function comparePreReleases(a: string, b: string): number {
  if (a === b) return 0;
  if (a === '') return 1;
  if (b === '') return -1;
  const left = a.split('.');
  const right = b.split('.');
  for (let at = 0; at < Math.max(left.length, right.length); at++) {
    const l = left[at];
    const r = right[at];
    if (l === r) continue;
    if (l === undefined) return -1;
    if (r === undefined) return 1;
    const areNumbers = /^\d+$/.test(l) && /^\d+$/.test(r);
    if (areNumbers) return Number(l) - Number(r);
    return l < r ? -1 : 1;
  }
  return 0;
}
