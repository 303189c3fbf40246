/** Calls of functions, with HashiCorp's words for calls that do not fit. */
import { didYouMean } from '../lib/nearest.ts';
import type { Value } from '../schema/document.ts';
import type { CallNode } from './ast.ts';
import type { Evaluation } from './evaluation.ts';
import { FunctionError, type HclFunction } from './scope.ts';
import { isTuple } from './values.ts';

export function callFunction(evaluation: Evaluation, node: CallNode): Value | undefined {
  const place = { start: node.start, end: node.nameEnd };
  const { functions } = evaluation.scope;
  if (functions === undefined) {
    return evaluation.fail('Function calls not allowed', 'Functions may not be called here.', place);
  }
  const found = functions.get(node.name);
  if (found === undefined) {
    const meant = didYouMean(node.name, functions.keys());
    const detail = `There is no function named "${node.name}".${meant || onlyOne(functions)}`;
    return evaluation.fail('Call to unknown function', detail, place);
  }
  if ('callLazily' in found) {
    const lazy = node.args.map((arg) => () => evaluation.silently(arg));
    return attempt(evaluation, node, [], () => found.callLazily(lazy));
  }
  const args = argumentsOf(evaluation, node);
  if (args === undefined || !hasRightCount(evaluation, node, found, args.length)) return undefined;
  const names = [...found.parameters, ...args.slice(found.parameters.length).map(() => found.variadic ?? '')];
  return attempt(evaluation, node, names, () => found.call(args));
}

/** Where there is but one function, it is quickly told. */
function onlyOne(functions: ReadonlyMap<string, unknown>): string {
  const [only, another] = functions.keys();
  return only === undefined || another !== undefined ? '' : ` The only one is "${only}".`;
}

/** @param names  of the parameters, one for each argument. */
function attempt(
  evaluation: Evaluation,
  node: CallNode,
  names: readonly string[],
  call: () => Value,
): Value | undefined {
  try {
    const result = call();
    return evaluation.spend(typeof result === 'string' ? result.length : 1, node) ? result : undefined;
  } catch (error) {
    if (error instanceof FunctionError) return failCall(evaluation, node, names, error);
    throw error;
  }
}

/** The values of the arguments, the last one spread out if it is to be. */
function argumentsOf(evaluation: Evaluation, node: CallNode): readonly Value[] | undefined {
  const args = evaluation.all(node.args);
  const last = node.args.at(-1);
  if (args === undefined || !node.spreads || last === undefined) return args;
  const spread = args.pop() ?? null;
  if (isTuple(spread)) return [...args, ...spread];
  const must = spread === null ? 'not be null' : 'be of a tuple, list, or set type';
  const detail = `The expanding argument (indicated by ...) must ${must}.`;
  return evaluation.fail('Invalid expanding argument value', detail, last);
}

function hasRightCount(evaluation: Evaluation, node: CallNode, found: HclFunction, count: number): boolean {
  const { parameters, variadic } = found;
  const missing = parameters[count];
  if (missing !== undefined) {
    const expected = `${variadic === undefined ? '' : ' at least'} ${parameters.length} argument(s)`;
    const detail = `Function "${node.name}" expects${expected}. Missing value for "${missing}".`;
    evaluation.fail('Not enough function arguments', detail, { start: node.end - 1, end: node.end });
    return false;
  }
  if (count === parameters.length || variadic !== undefined) return true;
  const detail = `Function "${node.name}" expects only ${parameters.length} argument(s).`;
  const first = node.args[parameters.length] ?? node;
  evaluation.fail('Too many function arguments', detail, {
    start: first.start,
    end: node.args.at(-1)?.end ?? first.end,
  });
  return false;
}

function failCall(evaluation: Evaluation, node: CallNode, names: readonly string[], error: FunctionError): undefined {
  if (error.argument === undefined) {
    return evaluation.fail('Error in function call', `Call to function "${node.name}" failed: ${error.message}.`, {
      start: node.start,
      end: node.nameEnd + 1,
    });
  }
  const parameter = names[error.argument] ?? '';
  const argument = node.args[Math.min(error.argument, node.args.length - 1)] ?? node;
  return evaluation.fail(
    'Invalid function argument',
    `Invalid value for "${parameter}" parameter: ${error.message}.`,
    argument,
  );
}
