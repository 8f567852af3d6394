import { homeFolder } from '../../core/configuration.ts';
import { openCloud } from '../../cloud/cloud.ts';
import { text, type Command } from '../command.ts';
import { credentialsOf, type Credentials } from '../credentials.ts';
import { shellWord } from '../terminal.ts';

/** The variables that every OpenStack client reads. */
export const variablesOf = (credentials: Credentials): readonly (readonly [string, string])[] => [
  ['OS_AUTH_URL', credentials.authUrl],
  ['OS_IDENTITY_API_VERSION', '3'],
  ['OS_AUTH_TYPE', 'password'],
  ['OS_USERNAME', credentials.user],
  ['OS_PASSWORD', credentials.password],
  ['OS_PROJECT_NAME', credentials.project],
  ['OS_USER_DOMAIN_NAME', 'Default'],
  ['OS_PROJECT_DOMAIN_NAME', 'Default'],
  ['OS_REGION_NAME', credentials.region],
  ['OS_INTERFACE', 'public'],
];

export const command: Command = {
  summary: 'prints the shell lines that let the openstack client log in',
  options: {
    user: { type: 'string', value: 'NAME', help: 'admin (default) or demo' },
  },
  examples: ['eval "$(npx ovenbird openrc)"', 'npx ovenbird openrc --user demo > demo.rc'],
  async run(given) {
    const credentials = credentialsOf(openCloud(homeFolder()), text(given, 'user') ?? 'admin');
    const lines = variablesOf(credentials).map(
      ([name, value]) => `export ${name}=${shellWord(value)}\n`,
    );
    // What an earlier openrc left would contradict this one.
    process.stdout.write(
      `unset OS_CLOUD OS_TOKEN OS_PROJECT_ID OS_SYSTEM_SCOPE\n${lines.join('')}`,
    );
    return 0;
  },
};
