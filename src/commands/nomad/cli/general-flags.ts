/** The flags of every command: which Nomad is asked, and as whom. */
import { boolFlag, type FlagValues, textFlag } from '../../../lib/flags.ts';
import { type NomadSettings, settingsFromEnv } from '../../../nomad/settings.ts';

export const generalFlags = {
  address: textFlag,
  region: textFlag,
  namespace: textFlag,
  token: textFlag,
  'no-color': boolFlag,
  'force-color': boolFlag,
  'ca-cert': textFlag,
  'ca-path': textFlag,
  'client-cert': textFlag,
  'client-key': textFlag,
  'tls-server-name': textFlag,
  'tls-skip-verify': boolFlag,
};

export type GeneralValues = FlagValues<typeof generalFlags>;

/** Flags count before the environment. */
export function settingsOf(values: GeneralValues, env: Readonly<Record<string, string | undefined>>): NomadSettings {
  const { tls, ...settings } = settingsFromEnv(env);
  return {
    ...settings,
    waitMs: 0,
    ...given('address', values.address),
    ...given('region', values.region),
    ...given('namespace', values.namespace),
    ...given('token', values.token),
    tls: {
      ...tls,
      ...given('caCert', values['ca-cert']),
      ...given('caPath', values['ca-path']),
      ...given('clientCert', values['client-cert']),
      ...given('clientKey', values['client-key']),
      ...given('serverName', values['tls-server-name']),
      ...(values['tls-skip-verify'] === true ? { skipVerify: true } : {}),
    },
  };
}

function given<K extends string>(key: K, value: string | undefined): { readonly [P in K]?: string } {
  return (value === undefined || value === '' ? {} : { [key]: value }) as { readonly [P in K]?: string }; // K is `key`
}
