/** What every plugin must do as a process of its own. In this process there is nothing of it to be tried. */
import assert from 'node:assert/strict';
import { kill } from 'node:process';
import type { PluginType } from '../model/plugin.ts';
import type { ConformanceCase } from './conformance-case.ts';
import { type Subject, startedByHand, unending } from './subject.ts';

/** The rules of a process; none for a plugin in this one. */
export function processCases<T extends PluginType>(subject: Subject<T>): readonly ConformanceCase[] {
  const { asWanted, command } = subject;
  if (asWanted === undefined || command === undefined) return [];
  return [
    {
      title: 'a host that wants no certificates, as upstream’s agents, is served without',
      async run() {
        const { process: plugin } = await asWanted('off');
        await plugin.kill();
      },
    },
    {
      title: 'an interrupt from the terminal is left to the host',
      async run() {
        const { process: plugin, info } = await asWanted('preferred');
        try {
          kill(plugin.pid, 'SIGINT');
          await info(unending());
        } finally {
          await plugin.kill();
        }
      },
    },
    {
      title: 'asked to shut down, it ends by itself and with status 0',
      async run() {
        const { process: plugin } = await asWanted('preferred');
        assert.deepEqual(await plugin.kill(), { forced: false }, 'it had to be killed');
        assert.deepEqual(await plugin.exited, { code: 0, signal: null });
      },
    },
    {
      title: 'started by hand, it says so on stderr and ends with status 1',
      async run() {
        const { code, stdout, stderr } = await startedByHand(command);
        assert.deepEqual({ code, stdout }, { code: 1, stdout: '' });
        assert.notEqual(stderr, '', 'it says nothing');
      },
    },
  ];
}
