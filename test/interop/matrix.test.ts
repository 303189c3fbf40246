/**
 * Every pairing of a host and a plugin, each ours or Go's with upstream's SDK, over every way to speak. The pairings of
 * like with like are controls: they say what a difference is made by. At the end stands a table of all cells.
 */
import { after, before, describe } from 'node:test';
import { startGoHost } from '../support/go-host.ts';
import { buildGo } from '../support/go-programs.ts';
import { type Command, goPlugin, ourPair, ourPlugin, type Pair } from '../support/plugin-pair.ts';
import { type Side, situations, type Way } from './situations.ts';
import { Table } from './table.ts';

const go = buildGo('./plugin', './host');
const table = new Table(situations.map(({ title }) => title));

const pairings: readonly (readonly [Side, Side])[] = [
  ['ours', 'Go'],
  ['Go', 'ours'],
  ['Go', 'Go'],
  ['ours', 'ours'],
];
const ways: readonly Way[] = pairings.flatMap(([host, plugin]) =>
  (['apm', 'strategy', 'target'] as const).flatMap((type) =>
    [false, true].flatMap((isEncrypted) =>
      (['unix', 'tcp'] as const).map((network) => ({ host, plugin, type, isEncrypted, network })),
    ),
  ),
);

const rowOf = ({ host, plugin, type, isEncrypted, network }: Way) =>
  `${host} → ${plugin}, ${type}, ${isEncrypted ? 'AutoMTLS' : 'plain'}, ${network}`;

function start({ host, plugin, type, isEncrypted, network }: Way): Promise<Pair> {
  const command: Command = plugin === 'Go' ? goPlugin(go.folder, type, network) : ourPlugin(type, network);
  if (host === 'Go') return startGoHost(go.folder, command, type, { isEncrypted });
  return ourPair(command, type, isEncrypted ? 'required' : 'off');
}

describe('host → plugin', { skip: go.leftOut }, () => {
  after(() => table.print());
  for (const way of ways) {
    describe(rowOf(way), () => {
      let shared: Pair;
      before(async () => {
        shared = await start(way);
      });
      after(() => shared.close());
      for (const { title, checked, endsPlugin, run } of situations) {
        table.cell(rowOf(way), title, checked?.(way).join(', ') ?? '', async () => {
          if (endsPlugin?.(way) !== true) return (await run(shared, way)) ?? undefined;
          const pair = await start(way);
          try {
            return (await run(pair, way)) ?? undefined;
          } finally {
            await pair.close();
          }
        });
      }
    });
  }
});
