import { fatal, ok, warning, type Check } from './check.ts';

/** What of root's powers a cloud uses, and for what. */
const NEEDED: Readonly<Record<string, string>> = {
  net_admin: 'interfaces, namespaces and firewall rules',
  sys_admin: 'network namespaces and mounts',
  net_raw: 'packets of the user-space datapath',
  setuid: 'running PostgreSQL as its own user',
  setgid: 'running PostgreSQL as its own user',
  chown: 'handing folders to PostgreSQL',
  dac_override: "reading PostgreSQL's folders",
  kill: 'ending processes of other users',
  mknod: 'devices of containers',
};

/** Who we are and what we may do. */
export const rights: readonly Check[] = [
  {
    id: 'root',
    title: 'root',
    judge: ({ userId }) =>
      userId === 0
        ? ok('running as root')
        : fatal(`running as user ${userId}`, 'Run the command as root: sudo npm start'),
  },
  {
    id: 'capabilities',
    title: 'capabilities',
    judge({ capabilities }) {
      const missing = Object.keys(NEEDED).filter((name) => !capabilities.includes(name));
      return missing.length === 0
        ? ok('all that are needed')
        : fatal(
            `missing: ${missing.map((name) => `cap_${name} (${NEEDED[name]})`).join(', ')}`,
            'Run on a machine, a virtual machine, or in a container started with --privileged',
          );
    },
  },
  {
    id: 'apparmor',
    title: 'AppArmor',
    judge({ appArmorProfile, mountAllowed }) {
      if (!mountAllowed)
        return fatal(
          `mounting is forbidden here${appArmorProfile === undefined ? '' : ` (profile ${appArmorProfile})`}: no container could start`,
          'Where this machine is itself a container: start it with --security-opt apparmor=unconfined (Docker) or lxc.apparmor.profile = unconfined (LXC)',
        );
      return appArmorProfile === undefined || appArmorProfile.startsWith('unconfined')
        ? ok('does not restrict us')
        : warning(
            `this process runs under the profile ${appArmorProfile}`,
            'If servers fail to start with "permission denied", run without the profile',
          );
    },
  },
  {
    id: 'postgres-user',
    title: 'user postgres',
    judge({ postgresUser, impassableFolder, home }) {
      if (!postgresUser)
        return fatal('does not exist', 'Run "sh scripts/setup.sh": PostgreSQL brings it');
      return impassableFolder === undefined
        ? ok(`can reach ${home}`)
        : fatal(
            `cannot pass through ${impassableFolder} to its data in ${home}`,
            `Put OVENBIRD_HOME elsewhere, such as /var/lib, or allow passing: chmod o+x ${impassableFolder}`,
          );
    },
  },
];
