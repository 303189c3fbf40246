/** Reads a plugin's maps of settings by its schema: each map once, however often it is handed in. */
import { usageError } from '../lib/error.ts';
import type { StringMap } from '../model/policy.ts';
import { block, optional, text } from '../schema/field.ts';
import type { Env } from '../schema/parse.ts';
import type { Fields, Infer, Schema } from '../schema/schema.ts';
import { type Problem, parseStrings, type Strings, unknownKeys } from '../schema/strings.ts';

/** What is wrong between fields that are each good alone; undefined when nothing is. */
export type Rule<Config> = (config: Config) => { readonly key: string; readonly detail: string } | undefined;

/** What else is to be said about fields that are each good alone. It keeps nothing from being used. */
export type Advice<Config> = (config: Config) => readonly Problem[];

export interface ConfigReader<Config> {
  /** @throws `invalid_config` (usage) with everything that is wrong. */
  read(map: StringMap, env?: Env): Config;
  /** Everything that is to be said about the map. */
  check(map: StringMap, env?: Env): readonly Problem[];
}

/** What one map says. */
interface Parsed<Config> {
  readonly fields: Strings<Config>;
  /** Of the fields, or of what must hold between them. Without one the fields are good. */
  readonly problems: readonly Problem[];
}

/**
 * @param rule     judges the whole once the fields are good.
 * @param advice   is asked where somebody only looks.
 * @param foreign  keys of the map that somebody else reads: they are not unknown.
 */
export function configReader<F extends Fields>(
  schema: Schema<F>,
  rule: Rule<Infer<Schema<F>>> | undefined,
  foreign: readonly string[],
  advice: Advice<Infer<Schema<F>>> = () => [],
): ConfigReader<Infer<Schema<F>>> {
  type Config = Infer<Schema<F>>;
  const results = new WeakMap<StringMap, Parsed<Config>>();
  const foreignFields = foreign.map((key) => [key, optional(text({ key, doc: 'Read by the agent.' }))] as const);
  const wholeMap = block({ ...schema.fields, ...Object.fromEntries(foreignFields) });

  function parse(map: StringMap, env: Env | undefined): Parsed<Config> {
    const known = results.get(map);
    if (known !== undefined) return known;
    const fields = parseStrings(schema, map, env);
    const parsed = { fields, problems: fields.ok ? ruleProblems(fields.value) : fields.problems };
    results.set(map, parsed);
    return parsed;
  }

  function ruleProblems(config: Config): readonly Problem[] {
    const broken = rule?.(config);
    return broken === undefined ? [] : [{ kind: 'invalid', ...broken }];
  }

  /** Somebody else reads its keys exactly as they are, whatever we would take for them. */
  function asRead(problem: Problem): Problem {
    const { kind, key } = problem;
    const meant = foreign.find((one) => one.toLowerCase() === key.toLowerCase());
    if (kind !== 'renamed' || meant === undefined) return problem;
    return { kind: 'unknown', key, detail: `unknown key "${key}"; did you mean "${meant}"?` };
  }

  return {
    read(map, env) {
      const { fields, problems } = parse(map, env);
      if (fields.ok && problems.length === 0) return fields.value;
      throw usageError('invalid_config', problems.map(({ detail }) => detail).join('; '));
    },
    check(map, env) {
      const { fields, problems } = parse(map, env);
      const advised = fields.ok ? advice(fields.value) : [];
      return [...problems, ...advised, ...unknownKeys(wholeMap, map).map(asRead)];
    },
  };
}
