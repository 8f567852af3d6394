import { homeFolder } from '../../core/configuration.ts';
import { openCloud } from '../../cloud/cloud.ts';
import type { Command } from '../command.ts';
import { credentialsOf, type Credentials } from '../credentials.ts';

/** One entry of clouds.yaml. A JSON string is a YAML string. */
const entry = (name: string, credentials: Credentials): string => `  ${name}:
    auth_type: password
    auth:
      auth_url: ${JSON.stringify(credentials.authUrl)}
      username: ${credentials.user}
      password: ${JSON.stringify(credentials.password)}
      project_name: ${credentials.project}
      user_domain_name: Default
      project_domain_name: Default
    region_name: ${JSON.stringify(credentials.region)}
    interface: public
    identity_api_version: 3
`;

export const command: Command = {
  summary: 'prints a clouds.yaml with "ovenbird" (admin) and "ovenbird-demo"',
  examples: [
    'npx ovenbird clouds > clouds.yaml && openstack --os-cloud ovenbird server list',
    'mkdir -p ~/.config/openstack && npx ovenbird clouds > ~/.config/openstack/clouds.yaml',
  ],
  async run() {
    const cloud = openCloud(homeFolder());
    process.stdout.write(
      `clouds:\n${entry('ovenbird', credentialsOf(cloud, 'admin'))}${entry('ovenbird-demo', credentialsOf(cloud, 'demo'))}`,
    );
    return 0;
  },
};
