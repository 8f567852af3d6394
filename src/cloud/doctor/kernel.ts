import { fatal, info, ok, warning, type Check } from './check.ts';

/** Mount entries from which every start of a container becomes noticeably slow. */
const MANY_MOUNTS = 10_000;

/** `6.1.0-28-amd64` → [6, 1]. */
export function kernelVersion(text: string): readonly [number, number] {
  const match = /^(\d+)\.(\d+)/.exec(text);
  return [Number(match?.[1] ?? 0), Number(match?.[2] ?? 0)];
}

/** What the kernel can do and how it is set up. */
export const kernel: readonly Check[] = [
  {
    id: 'kernel-version',
    title: 'kernel',
    judge({ kernel: release }) {
      const [major, minor] = kernelVersion(release);
      return major > 4 || (major === 4 && minor >= 6)
        ? ok(release)
        : fatal(
            `${release}: older than 4.6, whose connection tracking has no NAT for OVN`,
            'Update the kernel',
          );
    },
  },
  {
    id: 'datapath',
    title: 'datapath',
    judge: ({ modules }) =>
      info(
        modules.openvswitch === 'absent'
          ? 'in user space: the kernel has no openvswitch module'
          : `in user space; the kernel's openvswitch module (${modules.openvswitch}) is not needed`,
      ),
  },
  {
    id: 'geneve',
    title: 'tunnels',
    judge: ({ modules }) =>
      modules.geneve === 'absent'
        ? info('Geneve in user space: the kernel has no geneve module, one host needs none')
        : info(`Geneve in user space; the kernel's module (${modules.geneve}) is not needed`),
  },
  {
    id: 'tun',
    title: '/dev/net/tun',
    judge: ({ tunDevice }) =>
      tunDevice
        ? ok('is there')
        : fatal(
            'is missing: Open vSwitch makes its bridges with it',
            'modprobe tun; in a container: start it with --device /dev/net/tun',
          ),
  },
  {
    id: 'cgroups',
    title: 'cgroups',
    judge({ cgroups }) {
      if (cgroups.version === undefined)
        return fatal(
          'none are mounted: Docker cannot limit or even start a container',
          'Mount them as systemd or the package cgroupfs-mount does',
        );
      const missing = ['cpu', 'memory', 'pids'].filter(
        (name) => !cgroups.controllers.includes(name),
      );
      return missing.length === 0
        ? ok(`version ${cgroups.version}: ${cgroups.controllers.join(' ')}`)
        : warning(
            `version ${cgroups.version} without ${missing.join(', ')}: those limits of a flavor will not hold`,
            'Boot with cgroup_enable=memory, or enable the controllers in cgroup.subtree_control',
          );
    },
  },
  {
    id: 'mount-table',
    title: 'mount table',
    judge: ({ mountEntries }) =>
      mountEntries < MANY_MOUNTS
        ? ok(`${mountEntries} entries`)
        : warning(
            `${mountEntries} entries: every start of a container copies all of them`,
            'Find what leaks them (findmnt | sort | uniq -c), unmount those, or reboot',
          ),
  },
  {
    id: 'namespace-mounts',
    title: '/run/netns',
    judge({ namespaceMounts: { entries, shared } }) {
      const what = `${entries} entries, ${shared ? 'shared' : 'not shared'} with other mount namespaces`;
      return entries < 1000
        ? ok(what)
        : warning(
            `${what}: namespaces are being left behind`,
            'Remove those that nothing uses: ip netns list, ip netns delete NAME',
          );
    },
  },
];
