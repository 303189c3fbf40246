/** Functions on numbers. Source: spec jobspec.md §1.2. */
import { FunctionError } from '../../../hcl/scope.ts';
import { type Arguments, define, type Table } from './arguments.ts';

const all = (args: Arguments) => args.rest(0).map((_, at) => args.number(at));

export const numberFunctions: Table = {
  abs: define(['num'], (args) => Math.abs(args.number(0))),
  ceil: define(['num'], (args) => Math.ceil(args.number(0))),
  floor: define(['num'], (args) => Math.floor(args.number(0))),
  log: define(['num', 'base'], (args) => Math.log(args.number(0)) / Math.log(args.number(1))),
  pow: define(['num', 'power'], (args) => args.number(0) ** args.number(1)),
  signum: define(['num'], (args) => Math.sign(args.number(0))),
  max: define(['num', '...numbers'], (args) => Math.max(...all(args))),
  min: define(['num', '...numbers'], (args) => Math.min(...all(args))),
  parseint: define(['number', 'base'], (args) => {
    const [text, base] = [args.text(0).toLowerCase(), args.number(1)];
    const value = Number.parseInt(text, base);
    if (Number.isNaN(value) || value.toString(base) !== text.replace(/^\+/, '').replace(/^(-?)0+(?=.)/, '$1')) {
      throw new FunctionError(`cannot parse "${args.text(0)}" as a base ${base} integer`, 0);
    }
    return value;
  }),
};
