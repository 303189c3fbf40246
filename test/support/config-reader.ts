/** A file system of a few texts: keys are paths. */
import type { ConfigReader } from '../../src/agent/config-files.ts';

export function configReader(files: Readonly<Record<string, string>>): ConfigReader {
  const missing = () => Object.assign(new Error('gone'), { code: 'ENOENT' });
  const namesIn = (path: string) =>
    Object.keys(files).flatMap((file) => (file.startsWith(`${path}/`) ? [file.slice(path.length + 1)] : []));
  return {
    async isDirectory(path) {
      if (files[path] !== undefined) return false;
      if (namesIn(path).length > 0 || path.endsWith('.d')) return true;
      throw missing();
    },
    list: async (path) => namesIn(path),
    async read(path) {
      const text = files[path];
      if (text === undefined) throw missing();
      return text;
    },
  };
}
