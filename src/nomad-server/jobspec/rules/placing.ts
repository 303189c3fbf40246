/** What is wrong with constraints, affinities and spreads. Source: spec jobspec.md §8, nomad-scheduler.md §11. */
import type { Affinity, Constraint, Spread } from '../../../nomad/types.ts';
import { malformedConstraint } from '../../scheduler/version.ts';
import { eachInside, when } from './problems.ts';
import { regexpProblem } from './regexp.ts';

interface Placing {
  readonly Constraints: readonly Constraint[] | null;
  readonly Affinities: readonly Affinity[] | null;
  readonly Spreads?: readonly Spread[] | null;
}

/** The placing blocks of a job, a group or a task; the last has no spreads. */
export function placingRules({ Constraints, Affinities, Spreads }: Placing): readonly string[] {
  return [
    ...eachInside('Constraint', Constraints, constraintRules),
    ...eachInside('Affinity', Affinities, affinityRules),
    ...eachInside('Spread', Spreads ?? null, spreadRules),
  ];
}

const comparing = new Set(['=', '==', 'is', '!=', 'not', '<', '<=', '>', '>=']);
const sets = new Set(['set_contains', 'set_contains_all', 'set_contains_any']);
const presence = new Set(['is_set', 'is_not_set']);

function constraintRules({ LTarget, RTarget, Operand }: Constraint): readonly string[] {
  const missing = when(Operand === '', 'Missing constraint operand');
  if (Operand === 'distinct_hosts') return missing;
  const attribute = attributeProblems(LTarget);
  if (presence.has(Operand)) {
    return [...when(RTarget !== '', `Operator "${Operand}" does not support an RTarget`), ...attribute];
  }
  if (Operand === 'distinct_property') return [...attribute, ...allowedCountRules(RTarget)];
  if (comparing.has(Operand))
    return [...when(RTarget === '', `Operator "${Operand}" requires an RTarget`), ...attribute];
  if (sets.has(Operand)) return [...when(RTarget === '', 'Set contains constraint requires an RTarget'), ...attribute];
  const pattern = patternRules(Operand, RTarget);
  return [...missing, ...(pattern ?? [`Unknown constraint type "${Operand}"`]), ...attribute];
}

function allowedCountRules(count: string): readonly string[] {
  if (count === '') return [];
  if (/^\d+$/.test(count)) {
    const least = 'Distinct Property must have an allowed count of 1 or greater';
    return when(Number(count) < 1, `${least}: ${count} < 1`);
  }
  const reason = `strconv.ParseUint: parsing "${count}": invalid syntax`;
  return [`Failed to convert RTarget "${count}" to uint64: ${reason}`];
}

/** @returns undefined for an operand that takes no pattern. */
function patternRules(operand: string, text: string): readonly string[] | undefined {
  if (operand === 'regexp') {
    const problem = regexpProblem(text);
    return problem === undefined ? [] : [`Regular expression failed to compile: ${problem}`];
  }
  const [name, start] = operand === 'version' ? ['Version', 'malformed'] : ['Semver', 'Malformed'];
  if (operand !== 'version' && operand !== 'semver') return undefined;
  const malformed = malformedConstraint(text);
  return malformed === undefined ? [] : [`${name} constraint is invalid: ${start} constraint: ${malformed}`];
}

const known = /^\$\{(?:node\.(?:unique\.id|unique\.name|datacenter|class|pool|region)|(?:attr|meta)\..*)\}$/;

function attributeProblems(target: string): readonly string[] {
  if (target === '') return ['no attribute provided but is required by operator'];
  if (!target.startsWith('$')) return [];
  if (!target.startsWith('${')) return [`attribute "${target}" is missing an opening brace`];
  if (!target.endsWith('}')) return [`attribute "${target}" is missing a closing brace`];
  return when(!known.test(target), `unsupported attribute "${target}"`);
}

function affinityRules({ RTarget, Operand, Weight }: Affinity): readonly string[] {
  const isKnown = comparing.has(Operand) || sets.has(Operand) || presence.has(Operand);
  const pattern = patternRules(Operand, RTarget);
  return [
    ...when(Operand === '', 'Missing affinity operand'),
    ...(pattern ?? when(!isKnown, `Unknown affinity operator "${Operand}"`)),
    ...when(sets.has(Operand) && RTarget === '', 'Set contains operator requires an RTarget'),
    ...when(Weight === 0, 'Affinity weight cannot be zero'),
    ...when(Weight < -100 || Weight > 100, 'Affinity weight must be within the range [-100,100]'),
  ];
}

function spreadRules({ Attribute, Weight, SpreadTarget }: Spread): readonly string[] {
  const targets = SpreadTarget ?? [];
  const sum = targets.reduce((total, one) => total + one.Percent, 0);
  const seen = new Set<string>();
  const ofTargets = targets.flatMap(({ Value, Percent }) => {
    const isDouble = seen.has(Value);
    seen.add(Value);
    const isOutside = Percent < 0 || Percent > 100;
    return [
      ...when(isDouble, `Spread target value "${Value}" already defined`),
      ...when(isOutside, `Spread target percentage for value "${Value}" must be between 0 and 100`),
    ];
  });
  return [
    ...when(Attribute === '', 'Missing spread attribute'),
    ...when(Weight <= 0 || Weight > 100, 'Spread block must have a positive weight from 0 to 100'),
    ...ofTargets,
    ...when(sum > 100, `Sum of spread target percentages must not be greater than 100%; got ${sum}%`),
  ];
}
