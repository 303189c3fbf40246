/** The functions that job files may call. Source: spec jobspec.md §1.2. */
import { FunctionError, type HclFunction, type LazyFunction } from '../../../hcl/scope.ts';
import { convert, parseType, UnfitError } from '../variable-type.ts';
import { define, type Table } from './arguments.ts';
import { collectionFunctions } from './collection.ts';
import { encodingFunctions } from './encoding.ts';
import { networkFunctions } from './network.ts';
import { numberFunctions } from './number.ts';
import { textFunctions } from './text.ts';
import { timeFunctions } from './time.ts';

/** A server opens no files for those who send it job files. */
const disabled = define(['path', '...more'], () => {
  throw new FunctionError('filesystem function disabled');
});

const fileFunctions: Table = Object.fromEntries(
  ['file', 'filebase64', 'fileexists', 'fileset', 'abspath', 'basename', 'dirname', 'pathexpand'].map((name) => [
    name,
    disabled,
  ]),
);

const lazyFunctions: Readonly<Record<string, LazyFunction>> = {
  can: { callLazily: ([value]) => value?.() !== undefined },
  try: {
    callLazily(values) {
      for (const value of values) {
        const found = value();
        if (found !== undefined) return found;
      }
      throw new FunctionError('no expression succeeded');
    },
  },
};

/** The type is a word that nothing stands for, so that it arrives as its own text: `${string}`. */
const convertFunction = define(['value', 'type'], (args) => {
  const word = args.text(1).replace(/^\$\{(.*)\}$/, '$1');
  const type = parseType(word);
  if (type === undefined) throw new FunctionError(`"${word}" is no type`, 1);
  try {
    return convert(args.value(0), type);
  } catch (error) {
    if (error instanceof UnfitError) throw new FunctionError(error.message, 0);
    throw error;
  }
});

export const jobFunctions: ReadonlyMap<string, HclFunction | LazyFunction> = new Map<
  string,
  HclFunction | LazyFunction
>(
  Object.entries({
    ...textFunctions,
    ...numberFunctions,
    ...collectionFunctions,
    ...encodingFunctions,
    ...networkFunctions,
    ...timeFunctions,
    ...fileFunctions,
    ...lazyFunctions,
    convert: convertFunction,
  }),
);
