/** Arguments of the form `name=value`. */
import type { Strings } from '../../../nomad/types.ts';

/** The values by name. @param wrong  what is thrown for an argument without an equals sign or a name. */
export function keyValues(args: readonly string[], wrong: (arg: string) => Error): Strings {
  return Object.fromEntries(
    args.map((arg) => {
      const at = arg.indexOf('=');
      if (at < 1) throw wrong(arg);
      return [arg.slice(0, at), arg.slice(at + 1)];
    }),
  );
}
