/** `nomad ui`: where the web UI would be. It opens no browser. */
import { boolFlag } from '../../../lib/flags.ts';
import { defineCommand } from '../cli/command.ts';

export const ui = defineCommand({
  name: 'ui',
  takes: '[options]',
  synopsis: 'Print the address of the Nomad Web UI',
  flags: { authenticate: boolFlag },
  async run(call) {
    call.out(`URL for web UI: ${call.address}/ui/`);
    return 0;
  },
});
