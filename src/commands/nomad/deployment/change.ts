/** `nomad deployment promote`, `fail`, `pause`, `resume`, `unblock`: what can be done to one. */
import { boolFlag, listFlag } from '../../../lib/flags.ts';
import type { Deployment } from '../../../nomad/evaluation-types.ts';
import { defineCommand, onlyOperand } from '../cli/command.ts';
import { deployments, findByPrefix } from '../find/by-prefix.ts';
import { evalIdOf, follow } from '../monitor/follow.ts';

interface Change {
  /** `promote` */
  readonly verb: string;
  readonly synopsis: string;
  /** `promoting`, for the error. */
  readonly doing: string;
  /** `failed`; undefined says nothing. */
  readonly done?: string;
  /** The path behind `/v1/deployment/`. */
  readonly path: string;
  body(id: string, groups: readonly string[]): unknown;
}

function change({ verb, synopsis, doing, done, path, body }: Change) {
  return defineCommand({
    name: `deployment ${verb}`,
    takes: '[options] <deployment>',
    synopsis,
    flags: { detach: boolFlag, verbose: boolFlag, group: listFlag },
    async run(call) {
      const prefix = onlyOperand(call.operands, '<deployment>');
      const { ID, Namespace } = await findByPrefix<Deployment>(call, deployments, prefix);
      const options = { namespace: Namespace };
      const asked = body(ID, call.values.group ?? []);
      const writing = call.client.write('PUT', `/v1/deployment/${path}/${ID}`, asked, options, call.signal);
      const evalId = await evalIdOf(`Error ${doing} deployment`, writing);
      if (done !== undefined) call.out(`Deployment "${ID}" ${done}`);
      return follow(call, evalId, call.values, evalId === '' ? '' : `Evaluation ID: ${evalId}`);
    },
  });
}

export const deploymentPromote = change({
  ...{ verb: 'promote', doing: 'promoting', path: 'promote', synopsis: "Promote a deployment's canaries" },
  body: (DeploymentID, groups) => ({
    ...{ DeploymentID, All: groups.length === 0, Groups: groups.length === 0 ? null : groups },
  }),
});

export const deploymentFail = change({
  ...{ verb: 'fail', doing: 'failing', done: 'failed', path: 'fail', synopsis: 'Manually fail a deployment' },
  body: (DeploymentID) => ({ DeploymentID }),
});

export const deploymentPause = change({
  ...{ verb: 'pause', doing: 'pausing', done: 'paused', path: 'pause', synopsis: 'Pause a deployment' },
  body: (DeploymentID) => ({ DeploymentID, Pause: true }),
});

export const deploymentResume = change({
  ...{ verb: 'resume', doing: 'resuming', done: 'resumed', path: 'pause', synopsis: 'Resume a paused deployment' },
  body: (DeploymentID) => ({ DeploymentID, Pause: false }),
});

export const deploymentUnblock = change({
  ...{ verb: 'unblock', doing: 'unblocking', done: 'unblocked', path: 'unblock' },
  synopsis: 'Unblock a blocked deployment',
  body: (DeploymentID) => ({ DeploymentID }),
});
