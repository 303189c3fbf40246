/** The directory on a real disk, with the system's own notifications. */
import {
  appendFileSync,
  chmodSync,
  mkdirSync,
  mkdtempSync,
  renameSync,
  rmSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { systemClock } from '../../../src/lib/clock.ts';
import { watchPolicies } from '../../../src/policy/directory.ts';
import type { PolicySnapshot } from '../../../src/policy/snapshot.ts';
import { fakeWorld } from '../../support/fakes.ts';
import { policyText, settings } from '../../support/policy-file.ts';

const web = (max: number) => policyText({ name: 'web', head: `min = 1\nmax = ${max}` });
const longestMs = 2000;

/** Follows a fresh directory that `fill` has filled. */
async function followDisk(t: TestContext, fill: (path: (name: string) => string) => void) {
  const root = mkdtempSync(join(tmpdir(), 'policies-'));
  const dir = join(root, 'policies');
  const path = (name: string) => join(dir, name);
  mkdirSync(dir);
  fill(path);
  let last: PolicySnapshot | undefined;
  let tell: () => void = () => undefined;
  const directory = watchPolicies({
    dir,
    decode: { settings },
    world: { ...fakeWorld(), clock: systemClock },
    onChange(snapshot) {
      last = snapshot;
      tell();
    },
  });
  t.after(async () => {
    await directory.close();
    rmSync(root, { recursive: true, force: true });
  });
  await directory.ready;
  return {
    dir,
    path,
    /** Does something, and waits until this is what is in force. */
    async becomes(doing: string, act: () => void, inForce: readonly string[], degraded = false): Promise<void> {
      const isSo = () =>
        last?.degraded === degraded && last.policies.map(({ name, max }) => `${name} ${max}`).join() === inForce.join();
      act();
      await new Promise<void>((resolve, reject) => {
        const cancel = systemClock.after(longestMs, () =>
          reject(new Error(`${doing}: ${longestMs} ms later it is ${JSON.stringify(last)}`)),
        );
        tell = () => {
          if (!isSo()) return;
          cancel();
          resolve();
        };
        tell();
      });
    },
  };
}

test('files written in place, replaced, renamed and removed are in force within 2 s', async (t) => {
  const { path, becomes } = await followDisk(t, (at) => writeFileSync(at('web.hcl'), web(1)));
  await becomes('start', () => undefined, ['web 1']);
  await becomes('written in place', () => writeFileSync(path('web.hcl'), web(2)), ['web 2']);
  const replace = () => {
    writeFileSync(path('.web.hcl.new'), web(3));
    renameSync(path('.web.hcl.new'), path('web.hcl'));
  };
  await becomes('replaced', replace, ['web 3']);
  await becomes('written after that', () => writeFileSync(path('web.hcl'), web(4)), ['web 4']);
  const saveAsVim = () => {
    renameSync(path('web.hcl'), path('web.hcl~'));
    writeFileSync(path('web.hcl'), web(5));
    unlinkSync(path('web.hcl~'));
  };
  await becomes('saved as vim does', saveAsVim, ['web 5']);
  await becomes('another', () => writeFileSync(path('api.hcl'), policyText({ name: 'api' })), ['api 4', 'web 5']);
  await becomes('renamed', () => renameSync(path('api.hcl'), path('zed.hcl')), ['web 5', 'api 4']);
  await becomes('broken', () => appendFileSync(path('zed.hcl'), '}'), ['web 5', 'api 4'], true);
  await becomes('removed', () => unlinkSync(path('zed.hcl')), ['web 5']);
});

test('a folder of links that is swapped as a whole, as Kubernetes does, is in force within 2 s', async (t) => {
  const version = (path: (name: string) => string, number: number) => {
    mkdirSync(path(`..v${number}`));
    writeFileSync(path(`..v${number}/web.hcl`), web(number));
    symlinkSync(`..v${number}`, path('..data_tmp'));
    renameSync(path('..data_tmp'), path('..data'));
  };
  const { path, becomes } = await followDisk(t, (at) => {
    version(at, 1);
    symlinkSync('..data/web.hcl', at('web.hcl'));
  });
  for (const number of [2, 3]) {
    const swap = () => {
      version(path, number);
      rmSync(path(`..v${number - 1}`), { recursive: true });
    };
    await becomes(`swap ${number}`, swap, [`web ${number}`]);
  }
});

test('a link that is turned to another file, and a file behind a link, are in force within 2 s', async (t) => {
  const { dir, path, becomes } = await followDisk(t, (at) => {
    writeFileSync(at('../one'), web(1));
    writeFileSync(at('../two'), web(2));
    symlinkSync('../one', at('web.hcl'));
  });
  const turn = () => {
    symlinkSync('../two', path('turned'));
    renameSync(path('turned'), path('web.hcl'));
  };
  await becomes('turned', turn, ['web 2']);
  await becomes('written behind the link', () => writeFileSync(join(dir, '../two'), web(3)), ['web 3']);
  await becomes('leads nowhere', () => unlinkSync(join(dir, '../two')), ['web 3'], true);
});

test('a directory that goes away keeps its policies in force; when it is back its files count within 2 s', async (t) => {
  const { dir, path, becomes } = await followDisk(t, (at) => writeFileSync(at('web.hcl'), web(1)));
  await becomes('moved away', () => renameSync(dir, `${dir}-old`), ['web 1'], true);
  await becomes('moved back', () => renameSync(`${dir}-old`, dir), ['web 1']);
  await becomes('written in it', () => writeFileSync(path('web.hcl'), web(2)), ['web 2']);
  const replace = () => {
    renameSync(dir, `${dir}-old`);
    mkdirSync(dir);
    writeFileSync(path('web.hcl'), web(3));
  };
  await becomes('replaced by another', replace, ['web 3']);
  await becomes('written in the other', () => writeFileSync(path('web.hcl'), web(4)), ['web 4']);
});

const isRoot = process.getuid?.() === 0;

test('an unreadable file or directory keeps what is known', {
  skip: isRoot && 'root may read everything',
}, async (t) => {
  const { dir, path, becomes } = await followDisk(t, (at) => writeFileSync(at('web.hcl'), web(1)));
  await becomes('file unreadable', () => chmodSync(path('web.hcl'), 0o000), ['web 1'], true);
  await becomes('readable again', () => chmodSync(path('web.hcl'), 0o600), ['web 1']);
  await becomes('directory unreadable', () => chmodSync(dir, 0o000), ['web 1'], true);
  await becomes('readable again', () => chmodSync(dir, 0o700), ['web 1']);
});
