/**
 * What Nomad's client library fills into the parts of a job that the server takes as they come: a job that was sent
 * without the library has them, too. Source: the library's `Canonicalize`.
 */
type Made = Readonly<Record<string, unknown>>;

const second = 1_000_000_000;

/** What is missing or null is taken from the defaults; what is empty, too, from `orEmpty`. */
export function filled(made: Made | null, defaults: Made, orEmpty: Made = {}): Made {
  const isGiven = (key: string, value: unknown) =>
    key in orEmpty ? value !== null && value !== '' && value !== 0 : value !== null || !(key in defaults);
  const known = Object.entries(made ?? {}).filter(([key, value]) => isGiven(key, value));
  return { ...defaults, ...orEmpty, ...Object.fromEntries(known) };
}

const each = (list: unknown, fill: (one: Made) => Made): readonly Made[] | null =>
  Array.isArray(list) ? list.map(fill) : null;

const one = (made: unknown, fill: (made: Made) => Made): Made | null => (made ? fill(made as Made) : null);

function template(made: Made): Made {
  const { ChangeSignal: signal, ChangeMode: mode } = made;
  const ofMode = mode === 'signal' ? 'SIGHUP' : '';
  return {
    ...filled(made, {
      ...{ SourcePath: '', DestPath: '', EmbeddedTmpl: '', ChangeMode: 'restart', Once: false, Splay: 5 * second },
      ...{ Perms: '0644', LeftDelim: '{{', RightDelim: '}}', Envvars: false, ErrMissingKey: false, VaultGrace: 0 },
    }),
    ChangeSignal: typeof signal === 'string' ? signal.toUpperCase() : ofMode,
    ChangeScript: one(made['ChangeScript'], (script) =>
      filled(script, { Command: '', Args: [], Timeout: 5 * second, FailOnError: false, RunOnFirstRender: false }),
    ),
  };
}

function artifact(made: Made): Made {
  const whole = filled(made, { GetterMode: 'any', GetterInsecure: false, GetterSource: '' });
  const name = String(whole['GetterSource']).replace(/\/+$/, '').split('/').at(-1) ?? '';
  return filled(whole, { RelativeDest: whole['GetterMode'] === 'file' ? `local/${name}` : 'local/' });
}

const weighted = (made: Made): Made => filled(made, { Weight: 50 });

const device = (made: Made): Made => ({
  ...filled(made, { Count: 1 }),
  Affinities: each(made['Affinities'], weighted),
});

/** Affinities and spreads. */
export const weightedAll = (list: unknown): readonly Made[] | null => each(list, weighted);

export const consul = (made: unknown): Made | null => one(made, (block) => filled(block, {}, { Cluster: 'default' }));

export const devices = (list: unknown): readonly Made[] | null => each(list, device);

export const numa = (made: unknown): Made | null => one(made, (block) => filled(block, {}, { Affinity: 'none' }));

/** @param made  null: all of it is missing. */
export function resources(made: Made | null): Made {
  const isOfCores = made?.['Cores'] !== null && made?.['Cores'] !== undefined;
  return {
    ...filled(made, { CPU: isOfCores ? 0 : 100, Cores: 0, MemoryMB: 300 }),
    ...{ Devices: devices(made?.['Devices']), NUMA: numa(made?.['NUMA']) },
  };
}

export const logs = (made: Made | null): Made => filled(made, { Disabled: false, MaxFiles: 10, MaxFileSizeMB: 10 });

const mounts = (list: unknown): readonly Made[] | null =>
  each(list, (mount) => filled(mount, { PropagationMode: 'private', ReadOnly: false, SELinuxLabel: '' }));

const orNull = (value: unknown): Made | null => (value ?? null) as Made | null;

const sidecarTask = (made: Made): Made => ({
  ...filled(made, { KillTimeout: 5 * second, ShutdownDelay: 0 }),
  Resources: resources(orNull(made['Resources'])),
  LogConfig: logs(orNull(made['LogConfig'])),
  VolumeMounts: mounts(made['VolumeMounts']),
});

const gateway = (made: Made): Made => ({
  ...made,
  Proxy: one(made['Proxy'], (proxy) => filled(proxy, { ConnectTimeout: 5 * second })),
  Ingress: one(made['Ingress'], (ingress) => ({
    ...ingress,
    Listeners: each(ingress['Listeners'], (listener) => filled(listener, {}, { Protocol: 'tcp' })),
  })),
});

export const connect = (made: unknown): Made | null =>
  one(made, (block) => ({
    ...block,
    SidecarTask: one(block['SidecarTask'], sidecarTask),
    Gateway: one(block['Gateway'], gateway),
  }));

/** Of a task: all that its driver does not look at. */
export function taskParts(task: Made) {
  const vault = { Env: true, DisableFile: false, Namespace: '', ChangeMode: 'restart', ChangeSignal: 'SIGHUP' };
  const plugin = { MountDir: '/csi', StagePublishBaseDir: '/local/csi', HealthTimeout: 30 * second };
  return {
    Templates: each(task['Templates'], template),
    Artifacts: each(task['Artifacts'], artifact),
    VolumeMounts: mounts(task['VolumeMounts']),
    Vault: one(task['Vault'], (block) =>
      filled(block, { ...vault, AllowTokenExpiration: false }, { Cluster: 'default' }),
    ),
    Consul: consul(task['Consul']),
    CSIPluginConfig: one(task['CSIPluginConfig'], (block) => filled(block, {}, plugin)),
  };
}

/** How checks restart their tasks: a service says it for all of its checks, each of them may say it otherwise. */
export function checkRestart(ofService: Made | null, ofCheck: Made | null): Made | null {
  if (ofService === null && ofCheck === null) return null;
  const { IgnoreWarnings, Limit, Grace } = ofCheck ?? {};
  return filled(
    {
      ...ofService,
      ...(IgnoreWarnings ? { IgnoreWarnings } : {}),
      ...(typeof Limit === 'number' && Limit > 0 ? { Limit } : {}),
      ...(Grace === null || Grace === undefined ? {} : { Grace }),
    },
    { Limit: 0, Grace: second, IgnoreWarnings: false },
  );
}

/** Of a service, but for its name. */
export function service(made: Made): Made {
  const usual = { AddressMode: 'auto', OnUpdate: 'require_healthy', Provider: 'consul', Cluster: 'default' };
  const whole = filled(made, {}, usual);
  return {
    ...whole,
    Connect: connect(made['Connect']),
    Weights: one(made['Weights'], (block) => filled(block, {}, { Passing: 1, Warning: 1 })),
    Checks: each(made['Checks'], (check) => ({
      ...filled(check, {}, { OnUpdate: whole['OnUpdate'] }),
      CheckRestart: checkRestart(orNull(made['CheckRestart']), orNull(check['CheckRestart'])),
    })),
  };
}

export function multiregion(made: unknown): Made | null {
  return one(made, (block) => ({
    Strategy: filled(orNull(block['Strategy']), { MaxParallel: 0, OnFailure: '' }),
    Regions: each(block['Regions'] ?? [], (region) => filled(region, { Count: 1, Datacenters: [], Meta: {} })),
  }));
}
