/** What this build knows of itself: written here at a release, and kept in step with package.json by a test. */
import type { Build } from './version.ts';

export const build: Build = { commit: '', describe: '', version: '0.1.0', prerelease: 'dev', metadata: '' };
