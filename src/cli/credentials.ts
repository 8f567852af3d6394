import { readSecret } from '../core/configuration.ts';
import type { Cloud } from '../cloud/cloud.ts';
import { UsageError } from './command.ts';

/** What a client needs to log in. */
export interface Credentials {
  readonly user: 'admin' | 'demo';
  readonly password: string;
  readonly project: string;
  readonly region: string;
  readonly authUrl: string;
}

/** Address of the API as a client on this machine reaches it. */
export function endpointOf({ configuration }: Cloud): string {
  const { address, port } = configuration.listen;
  const host = address === '0.0.0.0' ? '127.0.0.1' : address === '::' ? '[::1]' : address;
  return `http://${host.includes(':') && !host.startsWith('[') ? `[${host}]` : host}:${port}`;
}

/** Credentials of one of the two users that every cloud starts with. */
export function credentialsOf(cloud: Cloud, user: string): Credentials {
  if (user !== 'admin' && user !== 'demo')
    throw new UsageError(`there is no user "${user}" here: it is admin or demo`);
  const { layout, configuration } = cloud;
  return {
    user,
    password: readSecret(user === 'admin' ? layout.adminPassword : layout.demoPassword),
    project: user,
    region: configuration.region,
    authUrl: `${endpointOf(cloud)}/identity/v3`,
  };
}
