/** The blocks of a job file and the names they have in the API's JSON. Source: spec jobspec.md §2–7. */
import { block, blocks, duration, flag, free, keyed, map, number, type Shape, text, texts } from './shape.ts';
import { affinity, constraint, network, scaling, spread, taskScaling } from './shapes-placement.ts';
import { logs, resources, volumeMount } from './shapes-resources.ts';
import { service } from './shapes-service.ts';
import { action, artifact, consul, csiPlugin, identity, schedule, secret, template, vault } from './shapes-task.ts';

const update: Shape = {
  items: {
    max_parallel: number('MaxParallel'),
    health_check: text('HealthCheck', null),
    min_healthy_time: duration('MinHealthyTime'),
    healthy_deadline: duration('HealthyDeadline'),
    progress_deadline: duration('ProgressDeadline'),
    auto_revert: flag('AutoRevert'),
    auto_promote: flag('AutoPromote'),
    canary: number('Canary'),
    stagger: duration('Stagger'),
  },
};

const migrate: Shape = {
  items: {
    max_parallel: number('MaxParallel'),
    health_check: text('HealthCheck', null),
    min_healthy_time: duration('MinHealthyTime'),
    healthy_deadline: duration('HealthyDeadline'),
  },
};

const restart: Shape = {
  items: {
    attempts: number('Attempts'),
    interval: duration('Interval'),
    delay: duration('Delay'),
    mode: text('Mode', null),
    render_templates: flag('RenderTemplates'),
  },
};

const reschedule: Shape = {
  items: {
    attempts: number('Attempts'),
    interval: duration('Interval'),
    delay: duration('Delay'),
    delay_function: text('DelayFunction', null),
    max_delay: duration('MaxDelay'),
    unlimited: flag('Unlimited'),
  },
};

const disconnect: Shape = {
  items: {
    lost_after: duration('LostAfter'),
    stop_on_client_after: duration('StopOnClientAfter'),
    replace: flag('Replace'),
    reconcile: text('Reconcile', null),
  },
};

const task: Shape = {
  label: 'Name',
  items: {
    driver: text('Driver'),
    user: text('User'),
    config: free('Config'),
    env: map('Env'),
    meta: map('Meta'),
    resources: block('Resources', resources),
    restart: block('RestartPolicy', restart),
    service: blocks('Services', service),
    constraint: blocks('Constraints', constraint),
    affinity: blocks('Affinities', affinity),
    template: blocks('Templates', template),
    artifact: blocks('Artifacts', artifact),
    volume_mount: blocks('VolumeMounts', volumeMount),
    lifecycle: block('Lifecycle', { items: { hook: text('Hook'), sidecar: flag('Sidecar', false) } }),
    logs: block('LogConfig', logs),
    kill_timeout: duration('KillTimeout'),
    kill_signal: text('KillSignal'),
    shutdown_delay: duration('ShutdownDelay', 0),
    leader: flag('Leader', false),
    kind: text('Kind'),
    vault: block('Vault', vault),
    consul: block('Consul', consul),
    dispatch_payload: block('DispatchPayload', { items: { file: text('File') } }),
    scaling: blocks('ScalingPolicies', taskScaling),
    secret: blocks('Secrets', secret),
    action: blocks('Actions', action),
    identity: blocks('Identities', identity),
    csi_plugin: block('CSIPluginConfig', csiPlugin),
    schedule: block('Schedule', schedule),
  },
  fixed: { Identity: null },
  finish(made) {
    takeOwnIdentity(made);
    if (made['CSIPluginConfig'] === null) delete made['CSIPluginConfig'];
    return undefined;
  },
};

/** One without a name, or of the name `default`, is the task's own. */
function takeOwnIdentity(made: Record<string, unknown>): void {
  const all = (made['Identities'] as readonly { readonly Name: string }[] | null) ?? [];
  const isOwn = ({ Name }: { readonly Name: string }) => Name === '' || Name === 'default';
  const others = all.filter((one) => !isOwn(one));
  made['Identity'] = all.find(isOwn) ?? null;
  made['Identities'] = others.length > 0 ? others : null;
}

const volume: Shape = {
  label: 'Name',
  items: {
    type: text('Type'),
    source: text('Source'),
    read_only: flag('ReadOnly', false),
    sticky: flag('Sticky', false),
    access_mode: text('AccessMode'),
    attachment_mode: text('AttachmentMode'),
    per_alloc: flag('PerAlloc', false),
    mount_options: block('MountOptions', { items: { fs_type: text('FSType'), mount_flags: texts('MountFlags') } }),
  },
};

/** Of jobs and groups, for their tasks. Not of the API's: taken out again once the tasks have what it says. */
const inherited = { vault: block('vault', vault), secret: blocks('secret', secret) };

const group: Shape = {
  label: 'Name',
  items: {
    count: number('Count'),
    constraint: blocks('Constraints', constraint),
    affinity: blocks('Affinities', affinity),
    spread: blocks('Spreads', spread),
    meta: map('Meta'),
    network: blocks('Networks', network),
    service: blocks('Services', service),
    volume: keyed('Volumes', volume),
    scaling: block('Scaling', scaling),
    restart: block('RestartPolicy', restart),
    reschedule: block('ReschedulePolicy', reschedule),
    update: block('Update', update),
    migrate: block('Migrate', migrate),
    disconnect: block('Disconnect', disconnect),
    ephemeral_disk: block('EphemeralDisk', {
      items: { size: number('SizeMB'), sticky: flag('Sticky'), migrate: flag('Migrate') },
    }),
    shutdown_delay: duration('ShutdownDelay'),
    max_run_duration: duration('MaxRunDuration'),
    stop_after_client_disconnect: duration('StopAfterClientDisconnect'),
    max_client_disconnect: duration('MaxClientDisconnect'),
    prevent_reschedule_on_lost: flag('PreventRescheduleOnLost'),
    consul: block('Consul', consul),
    task: blocks('Tasks', task),
    ...inherited,
  },
};

const periodic: Shape = {
  items: {
    cron: text('Spec', null),
    crons: texts('Specs'),
    prohibit_overlap: flag('ProhibitOverlap'),
    time_zone: text('TimeZone', null),
    enabled: flag('Enabled'),
  },
  fixed: { SpecType: 'cron' },
};

const multiregion: Shape = {
  items: {
    strategy: block('Strategy', {
      items: { max_parallel: number('MaxParallel'), on_failure: text('OnFailure', null) },
    }),
    region: blocks('Regions', {
      label: 'Name',
      items: {
        count: number('Count'),
        datacenters: texts('Datacenters'),
        node_pool: text('NodePool'),
        meta: map('Meta'),
      },
    }),
  },
};

export const job: Shape = {
  label: 'ID',
  items: {
    id: text('ID'),
    name: text('Name', null),
    region: text('Region', null),
    namespace: text('Namespace', null),
    type: text('Type', null),
    priority: number('Priority'),
    all_at_once: flag('AllAtOnce'),
    datacenters: texts('Datacenters'),
    node_pool: text('NodePool', null),
    constraint: blocks('Constraints', constraint),
    affinity: blocks('Affinities', affinity),
    spread: blocks('Spreads', spread),
    group: blocks('TaskGroups', group),
    update: block('Update', update),
    reschedule: block('Reschedule', reschedule),
    migrate: block('Migrate', migrate),
    periodic: block('Periodic', periodic),
    parameterized: block('ParameterizedJob', {
      items: { payload: text('Payload'), meta_required: texts('MetaRequired'), meta_optional: texts('MetaOptional') },
    }),
    meta: map('Meta'),
    ui: block('UI', {
      items: {
        description: text('Description'),
        link: blocks('Links', { items: { label: text('Label'), url: text('URL') } }),
      },
    }),
    multiregion: block('Multiregion', multiregion),
    consul_namespace: text('ConsulNamespace', null),
    vault_namespace: text('VaultNamespace', null),
    // Not of the API's job: taken out again once it has become a group.
    task: blocks('task', task),
    ...inherited,
  },
  fixed: {
    ...{
      CreateIndex: null,
      DispatchIdempotencyToken: null,
      Dispatched: false,
      JobModifyIndex: null,
      ModifyIndex: null,
    },
    ...{ NomadTokenID: null, ParentID: null, Payload: null, Stable: null, Status: null, Stop: null },
    ...{ StatusDescription: null, SubmitTime: null, Version: null, VersionTag: null },
  },
};
