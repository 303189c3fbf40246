/** The scenarios of the os-nova plugin on the OpenStack of memory. `npm run test:openstack` plays them on a real one. */
import { startFakeCloud } from '../openstack/fake-cloud.ts';
import { playOn } from '../openstack/scenarios.ts';

playOn('the OpenStack of memory', startFakeCloud);
