/** The agent's `target "os-nova"` block: which OpenStack, who asks it, and what holds for all pools. Source: spec os-nova.md §1.1. */
import { block, duration, type Infer, integer, optional, secret, text } from 'nomad-autoscaler/sdk';
import { nomadFields } from 'nomad-autoscaler/sdk/nomad';

/**
 * Who asks OpenStack, and where. What is not written here comes from the environment, then from `clouds.yaml`: see
 * `openstack/credentials.ts`.
 */
export const credentialFields = {
  authUrl: optional(text({ doc: 'Keystone, with or without `/v3`. Else `OS_AUTH_URL`.' })),
  cloud: optional(text({ doc: 'Name of a cloud in `clouds.yaml`. Else `OS_CLOUD`.' })),
  username: optional(text({ doc: 'User. Else `OS_USERNAME`.' })),
  userId: optional(text({ doc: 'User by ID, which needs no domain. Else `OS_USERID` or `OS_USER_ID`.' })),
  password: optional(secret({ doc: 'Password of the user; never printed. Else `OS_PASSWORD`.' })),
  token: optional(
    secret({ doc: 'A token to log in with; never printed. It is not renewed beyond its end. Else `OS_TOKEN`.' }),
  ),
  applicationCredentialId: optional(
    text({ doc: 'Application credential, in place of user and project. Else `OS_APPLICATION_CREDENTIAL_ID`.' }),
  ),
  applicationCredentialName: optional(
    text({ doc: 'The same by name; needs the user. Else `OS_APPLICATION_CREDENTIAL_NAME`.' }),
  ),
  applicationCredentialSecret: optional(
    secret({ doc: 'Its secret; never printed. Else `OS_APPLICATION_CREDENTIAL_SECRET`.' }),
  ),
  domainName: optional(text({ doc: 'Domain of the user, and of a project given by name. Else `OS_DOMAIN_NAME`.' })),
  userDomainName: optional(
    text({ doc: 'Domain of the user alone. Else `OS_USER_DOMAIN_NAME` or `OS_USER_DOMAIN_ID`.' }),
  ),
  projectDomainName: optional(
    text({ doc: 'Domain of the project alone. Else `OS_PROJECT_DOMAIN_NAME` or `OS_PROJECT_DOMAIN_ID`.' }),
  ),
  projectId: optional(text({ doc: 'Project; wins over its name. Else `OS_PROJECT_ID`.' })),
  projectName: optional(text({ doc: 'Project by name; needs a domain. Else `OS_PROJECT_NAME`.' })),
  systemScope: optional(
    text({ doc: '`all` asks for the whole system in place of a project. Else `OS_SYSTEM_SCOPE`.' }),
  ),
  regionName: optional(
    text({
      doc: 'Region of all services. Else `OS_REGION_NAME`; without any, `RegionOne`, or the only region that there is.',
    }),
  ),
  interface: optional(
    text({
      doc: 'Which addresses are used: `public`, `internal` or `admin`. Else `OS_INTERFACE`; `public` unless set.',
    }),
  ),
  cacertFile: optional(text({ doc: 'PEM file of the CAs that sign the services’ certificates. Else `OS_CACERT`.' })),
  insecureSkipVerify: optional(text({ doc: '`true` takes any certificate. Else `OS_INSECURE`.' })),
};

/** How servers go, and the load balancing of those that run: a policy may say the same. */
export const sharedFields = {
  stopFirst: optional(text({ doc: 'Anything but `false`: servers are stopped before they are deleted.' })),
  forceDelete: optional(text({ doc: 'Anything but `false`: servers are deleted by force.' })),
  lbPoolId: optional(text({ doc: 'Octavia pool that new servers become members of.' })),
  lbMemberPort: optional(
    integer({
      doc: 'Port of the members; required with `lb_pool_id`.',
      invalid: (raw) =>
        `invalid value for 'lb_member_port': strconv.Atoi: parsing ${JSON.stringify(raw)}: invalid syntax`,
    }),
  ),
  lbSubnetId: optional(text({ doc: 'Subnet of the members.' })),
};

const timeout = (key: string, doc: string, text: string) =>
  duration({ doc, default: text, minMs: 1, invalid: (_raw, why) => `failed to parse ${key}: ${why}` });

/** The whole block. */
export const cloudConfig = block({
  ...credentialFields,
  nameAttribute: text({
    doc: 'Node attribute that holds the server’s name; `meta.` leads to the node’s metadata.',
    default: 'unique.platform.aws.hostname',
  }),
  idAttribute: optional(text({ doc: 'Node attribute that holds the server’s ID; wins over the name.' })),
  actionTimeoutMs: timeout('action_timeout', 'Longest time for one server to be created, stopped or deleted.', '2m'),
  scaleTimeoutMs: timeout('scale_timeout', 'Longest time for a whole scaling, drains included.', '2h'),
  statusTimeoutMs: timeout('status_timeout', 'Longest time for counting the servers of a pool.', '5m'),
  ignoredStates: optional(text({ doc: 'Server states that are left out of all counting, separated by commas.' })),
  ...sharedFields,
  ...nomadFields,
});

export type CloudConfig = Infer<typeof cloudConfig>;
/** The part of it that says who asks OpenStack, and where. */
export type CredentialConfig = Pick<CloudConfig, keyof typeof credentialFields>;
