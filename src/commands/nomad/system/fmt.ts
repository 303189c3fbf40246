/** `nomad fmt -check`: whether a file can be read and is laid out as it should be. */
import { parseFile } from '../../../hcl/parse.ts';
import { boolFlag } from '../../../lib/flags.ts';
import { formatDiagnostic, Source } from '../../../lib/source.ts';
import { CommandFailure, defineCommand, wrongUsage } from '../cli/command.ts';

export const fmt = defineCommand({
  name: 'fmt',
  takes: '-check <path>...',
  synopsis: 'Check whether Nomad config and job files can be read; it rewrites nothing',
  flags: { check: boolFlag, list: boolFlag, recursive: boolFlag },
  async run(call) {
    if (!call.values.check) throw wrongUsage('Only -check is supported');
    for (const path of call.operands) {
      const text = await call.files.read(path);
      if (text === undefined) throw new CommandFailure(`stat ${path}: no such file or directory`);
      const scope = { passesThrough: () => true };
      const [first] = parseFile(new Source(path, text), scope).diagnostics;
      if (first !== undefined) throw new CommandFailure(formatDiagnostic(first));
    }
    return 0;
  },
});
