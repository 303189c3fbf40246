/** `nomad alloc fs`: the files of an allocation. */
import { boolFlag } from '../../../lib/flags.ts';
import { attempt, defineCommand, wrongUsage } from '../cli/command.ts';
import { table } from '../text/columns.ts';
import { bytesText } from '../text/sizes.ts';
import { timeOfText } from '../text/times.ts';
import { show, shownFlags } from './shown.ts';
import { readAllocation } from './status.ts';

interface FileInfo {
  readonly Name: string;
  readonly IsDir: boolean;
  readonly Size: number;
  readonly FileMode: string;
  readonly ModTime: string;
  readonly ContentType?: string;
}

export const allocFs = defineCommand({
  name: 'alloc fs',
  takes: '[options] <allocation> <path>',
  synopsis: 'Inspect the contents of an allocation directory',
  flags: { stat: boolFlag, ...shownFlags },
  async run(call) {
    const { client, signal, values } = call;
    const [prefix, path = '/', ...more] = call.operands;
    if (prefix === undefined || more.length > 0)
      throw wrongUsage('This command takes one or two arguments: <allocation> <path>');
    const { ID, Namespace } = await readAllocation(call, prefix);
    const options = { namespace: Namespace, query: { path } };
    const looking = client.object<FileInfo>(`/v1/client/fs/stat/${ID}`, options, signal);
    const info = (await attempt('Error reading file', looking)).value;
    if (values.stat) {
      const rows = [[...rowOf(info).slice(0, 3), info.ContentType ?? '', nameOf(info)]];
      call.out(table([['Mode', 'Size', 'Modified Time', 'Content Type', 'Name'], ...rows]));
    } else if (info.IsDir) {
      const listing = client.list<FileInfo>(`/v1/client/fs/ls/${ID}`, options, signal);
      const { value } = await attempt('Error listing alloc dir', listing);
      call.out(table([['Mode', 'Size', 'Modified Time', 'Name'], ...value.map(rowOf)]));
    } else {
      await show(call, values, {
        doing: 'Error reading file',
        whole: [`/v1/client/fs/cat/${ID}`, options],
        follow: (offset) => [
          `/v1/client/fs/stream/${ID}`,
          { ...options, query: { path, origin: 'start', offset: String(offset) } },
        ],
      });
    }
    return 0;
  },
});

const nameOf = ({ Name, IsDir }: FileInfo): string => (IsDir ? `${Name}/` : Name);

const rowOf = (info: FileInfo): readonly string[] => [
  ...[info.FileMode, bytesText(info.Size), timeOfText(info.ModTime), nameOf(info)],
];
