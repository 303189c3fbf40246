/** `nomad-autoscaler nomad agent -dev`: the embedded Nomad by itself, until a signal. */
import { explain } from '../../lib/error.ts';
import { boolFlag, integerFlag, parseFlags, textFlag } from '../../lib/flags.ts';
import type { World } from '../../lib/world.ts';
import { usualPlace } from '../../nomad-server/usual-place.ts';
import type { Terminal } from '../shell.ts';
import { sameNodes, startEmbedded } from './embedded.ts';

export const nomadAgentHelp = `Usage: nomad-autoscaler nomad agent -dev [options]

  Runs the embedded Nomad: state in memory, simulated clients, Nomad's HTTP API.
  It is no production Nomad.

Options:

  -dev
    Required, as a reminder of the line above.

  -bind=<host>
    Where it listens. Default: 127.0.0.1.

  -port=<port>
    Default: 4646.

  -nodes=<n>
    Simulated clients. Default: 3.

  -node-cpu=<MHz>, -node-memory=<MB>
    What each of them has. Default: 4000 and 8192.

  -node-class=<class>
    Their node class. Default: none.
`;

const flags = {
  dev: boolFlag,
  bind: textFlag,
  port: integerFlag,
  nodes: integerFlag,
  'node-cpu': integerFlag,
  'node-memory': integerFlag,
  'node-class': textFlag,
};

export interface NomadAgentOptions {
  readonly terminal: Terminal;
  readonly world: World;
  /** Resolves with the first signal that asks for the end. */
  readonly stopped: () => Promise<string>;
}

/** @returns the exit status. */
export async function runNomadAgent(args: readonly string[], options: NomadAgentOptions): Promise<number> {
  const { terminal, world } = options;
  try {
    const { values } = parseFlags(flags, args);
    if (values.dev !== true) {
      terminal.err('the embedded Nomad keeps nothing: say that you know with -dev');
      return 1;
    }
    const spec = {
      cpuMhz: values['node-cpu'] ?? 4000,
      memoryMb: values['node-memory'] ?? 8192,
      ...(values['node-class'] === undefined ? {} : { nodeClass: values['node-class'] }),
    };
    const nomad = await startEmbedded({
      world,
      host: values.bind ?? usualPlace.host,
      port: values.port ?? usualPlace.port,
      nodes: sameNodes(values.nodes ?? 3, spec),
      otherPort: '-port=<port>',
    });
    terminal.out(`==> The embedded Nomad serves ${nomad.address} with ${values.nodes ?? 3} simulated clients`);
    terminal.out(`==> caught ${await options.stopped()}, leaving`);
    await nomad.close();
    return 0;
  } catch (error) {
    terminal.err(explain(error));
    return 1;
  }
}
