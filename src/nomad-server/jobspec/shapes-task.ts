/** Blocks of tasks that fetch, fill in and authorise. Source: spec jobspec.md §7. */
import { block, duration, flag, free, map, number, type Shape, text, texts } from './shape.ts';

export const vault: Shape = {
  items: {
    role: text('Role'),
    policies: texts('Policies'),
    namespace: text('Namespace', null),
    cluster: text('Cluster'),
    env: flag('Env', true),
    disable_file: flag('DisableFile', false),
    change_mode: text('ChangeMode', 'restart'),
    change_signal: text('ChangeSignal', null),
    allow_token_expiration: flag('AllowTokenExpiration'),
  },
};

export const secret: Shape = {
  label: 'Name',
  items: { provider: text('Provider'), path: text('Path'), config: free('Config'), env: map('Env') },
};

export const action: Shape = { label: 'Name', items: { command: text('Command'), args: texts('Args') } };

export const consul: Shape = {
  items: { namespace: text('Namespace'), cluster: text('Cluster'), partition: text('Partition') },
};

export const template: Shape = {
  items: {
    data: text('EmbeddedTmpl', null),
    source: text('SourcePath', null),
    destination: text('DestPath', null),
    env: flag('Envvars'),
    change_mode: text('ChangeMode', 'restart'),
    change_signal: text('ChangeSignal', null),
    change_script: block('ChangeScript', {
      items: {
        command: text('Command', null),
        args: texts('Args'),
        timeout: duration('Timeout'),
        fail_on_error: flag('FailOnError'),
        run_on_first_render: flag('RunOnFirstRender'),
      },
    }),
    once: flag('Once'),
    splay: duration('Splay', 5e9),
    perms: text('Perms', '0644'),
    uid: number('Uid'),
    gid: number('Gid'),
    left_delimiter: text('LeftDelim', null),
    right_delimiter: text('RightDelim', null),
    error_on_missing_key: flag('ErrMissingKey', false),
    wait: block('Wait', { items: { min: duration('Min'), max: duration('Max') } }),
    vault_grace: duration('VaultGrace'),
  },
};

export const artifact: Shape = {
  items: {
    source: text('GetterSource', null),
    destination: text('RelativeDest', null),
    mode: text('GetterMode', null),
    options: map('GetterOptions'),
    headers: map('GetterHeaders'),
    insecure: flag('GetterInsecure'),
    chown: flag('Chown', false),
  },
};

export const identity: Shape = {
  items: {
    name: text('Name'),
    aud: texts('Audience'),
    change_mode: text('ChangeMode'),
    change_signal: text('ChangeSignal'),
    env: flag('Env', false),
    file: flag('File', false),
    filepath: text('Filepath'),
    service_name: text('ServiceName'),
    ttl: duration('TTL', 0),
    extra_claims: texts('ExtraClaims'),
  },
};

export const csiPlugin: Shape = {
  items: {
    id: text('ID'),
    type: text('Type'),
    mount_dir: text('MountDir'),
    stage_publish_base_dir: text('StagePublishBaseDir'),
    health_timeout: duration('HealthTimeout', 0),
  },
};

export const schedule: Shape = {
  items: {
    cron: block('Cron', { items: { start: text('Start'), end: text('End'), timezone: text('Timezone') } }),
  },
};
