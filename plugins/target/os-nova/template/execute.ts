/** Gives out the statements of a template. Compat: Go text/template. */
import type { Bytes } from './bytes.ts';
import { Evaluation } from './evaluate.ts';
import { print } from './format.ts';
import type { Templates } from './parse.ts';
import { quote } from './quote.ts';
import { Run } from './run.ts';
import type { Body, Branch, Invocation, Pipeline, Statement } from './syntax.ts';
import { asInteger, Byte, type Fields, isTrue, type Value } from './value.ts';

/**
 * @param source  of the templates, for the positions of faults.
 * @param file    the name of the template that is rendered.
 * @throws        ExecutionFault.
 */
export function execute(templates: Templates, source: Bytes, file: Bytes, fields: Fields): Bytes {
  const run = new Run(source, file);
  const body = templates.get(file) ?? [];
  const start = { kind: 'text', text: '', at: 0 } as const;
  new Execution(templates, new Evaluation(run, file, fields, start)).body(fields, body);
  return run.output;
}

/** What a `break` or a `continue` leaves to the range around it. */
type Leaving = 'break' | 'continue' | undefined;

class Execution {
  readonly #templates: Templates;
  readonly #evaluation: Evaluation;
  readonly #run: Run;

  constructor(templates: Templates, evaluation: Evaluation) {
    this.#templates = templates;
    this.#evaluation = evaluation;
    this.#run = evaluation.run;
  }

  body(dot: Value, body: Body): Leaving {
    return this.#run.nested(this.#evaluation, () => {
      for (const statement of body) {
        const leaving = this.#statement(dot, statement);
        if (leaving !== undefined) return leaving;
      }
      return undefined;
    });
  }

  #statement(dot: Value, statement: Statement): Leaving {
    const evaluation = this.#evaluation;
    evaluation.at = statement;
    this.#run.step(evaluation);
    switch (statement.kind) {
      case 'text':
        this.#run.write(statement.text, evaluation);
        return undefined;
      case 'action':
        this.#action(dot, statement.pipeline);
        return undefined;
      case 'if':
      case 'with':
        return this.#choice(dot, statement);
      case 'range':
        return this.#range(dot, statement);
      case 'template':
        this.#invoke(dot, statement);
        return undefined;
      default:
        return statement.kind;
    }
  }

  /** What only sets variables shows nothing; they live on until the end of what stands around. */
  #action(dot: Value, pipeline: Pipeline): void {
    const value = this.#evaluation.pipeline(dot, pipeline);
    if (pipeline.targets.length > 0) return;
    this.#run.write(value === undefined ? '<no value>' : print([value]), this.#evaluation);
  }

  #choice(dot: Value, { kind, pipeline, body, otherwise }: Branch): Leaving {
    const { mark } = this.#evaluation;
    const value = this.#evaluation.pipeline(dot, pipeline);
    const chosen = isTrue(value) ? body : otherwise;
    const inner = kind === 'with' && chosen === body ? value : dot;
    const leaving = chosen && this.body(inner, chosen);
    this.#evaluation.forget(mark);
    return leaving;
  }

  #range(dot: Value, { pipeline, body, otherwise }: Branch): Leaving {
    const evaluation = this.#evaluation;
    const { mark } = evaluation;
    const value = evaluation.pipeline(dot, pipeline);
    const count = asInteger(value);
    if (value !== undefined && count === undefined) evaluation.fail(`range can't iterate over ${print([value])}`);
    if (value !== undefined && pipeline.targets.length > 1) {
      evaluation.fail(`can't use ${print([value])} to iterate over more than one variable`);
    }
    const leaving =
      count !== undefined && count > 0n
        ? this.#iterate(count, value instanceof Byte, pipeline.targets[0], body)
        : otherwise && this.body(dot, otherwise);
    evaluation.forget(mark);
    // Compat: a `break` in the else branch ends this range, not the one around it.
    return leaving === 'continue' ? leaving : undefined;
  }

  /** Counts from 0. The one value that can be ranged over is a number. */
  #iterate(count: bigint, inBytes: boolean, variable: Bytes | undefined, body: Body): Leaving {
    const { mark } = this.#evaluation;
    for (let index = 0n; index < count; index++) {
      const element = inBytes ? new Byte(Number(index)) : index;
      this.#run.step(this.#evaluation);
      if (variable !== undefined) this.#evaluation.assign(variable, element);
      const leaving = this.body(element, body);
      this.#evaluation.forget(mark);
      if (leaving === 'break') return undefined;
    }
    return undefined;
  }

  /** The template knows no variable of this one but what it is given as its `.` and `$`. */
  #invoke(dot: Value, invocation: Invocation): void {
    const { name, pipeline } = invocation;
    const body = this.#templates.get(name);
    if (body === undefined) this.#evaluation.fail(`template ${quote(name)} not defined`);
    else {
      const data = pipeline && this.#evaluation.pipeline(dot, pipeline);
      const evaluation = new Evaluation(this.#run, name, data, invocation);
      new Execution(this.#templates, evaluation).body(data, body);
    }
  }
}
