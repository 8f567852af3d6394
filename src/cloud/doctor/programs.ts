import { fatal, info, ok, warning, type Check } from './check.ts';

/** What we test with; newer ones are expected to work, older ones are not. */
const OLDEST: Readonly<Record<string, readonly [version: string, name: string]>> = {
  'ovs-vswitchd': ['3.1', 'Open vSwitch'],
  'ovn-northd': ['23.03', 'OVN'],
  postgres: ['15', 'PostgreSQL'],
  dockerd: ['20.10', 'Docker Engine'],
};

/** Whether a version is at least another, part by part: 23.03.1 ≥ 23.03. */
export function isAtLeast(version: string, oldest: string): boolean {
  const parts = (text: string) => text.split('.').map((part) => Number.parseInt(part, 10) || 0);
  const left = parts(version);
  for (const [index, part] of parts(oldest).entries()) {
    const own = left[index] ?? 0;
    if (own !== part) return own > part;
  }
  return true;
}

/** The software that a cloud is made of. */
export const programs: readonly Check[] = [
  {
    id: 'programs',
    title: 'programs',
    judge({ missingPrograms }) {
      const packages = [...new Set(missingPrograms.map((entry) => entry.package))];
      return missingPrograms.length === 0
        ? ok('all are installed')
        : fatal(
            `missing: ${missingPrograms.map(({ program }) => program).join(', ')}`,
            `Run "sh scripts/setup.sh", or: apt-get install ${packages.join(' ')}`,
          );
    },
  },
  {
    id: 'qemu',
    title: 'virtual machines',
    judge({ qemu: { wanted, missing, accelerator } }) {
      if (missing.length > 0) {
        const packages = [...new Set(missing.map((entry) => entry.package))].join(' ');
        const names = missing.map(({ program }) => program).join(', ');
        return wanted
          ? fatal(
              `missing: ${names}`,
              `Run "sh scripts/setup.sh qemu", or: apt-get install --no-install-recommends ${packages}`,
            )
          : info('none, which nobody asked for ("npx ovenbird up --qemu" does)');
      }
      if (!wanted) return info('possible: "npx ovenbird up --qemu" adds a host for them');
      if (accelerator?.name !== 'tcg')
        return ok(accelerator === undefined ? 'by QEMU' : 'by QEMU and KVM');
      return warning(
        `their instructions are translated, which is slow: ${accelerator.why ?? 'KVM does not work'}`,
        'Use a machine with hardware virtualisation (on a virtual machine: nested), or few and small servers',
      );
    },
  },
  {
    id: 'node',
    title: 'Node',
    judge: ({ nodeVersion }) =>
      isAtLeast(nodeVersion, '24')
        ? ok(nodeVersion)
        : fatal(
            `${nodeVersion}: 24 or newer is needed`,
            'Run "npx ovenbird", which uses the project\'s own',
          ),
  },
  ...Object.entries(OLDEST).map(([program, [oldest, name]]): Check => ({
    id: `version-${program}`,
    title: name,
    judge({ versions }) {
      const version = versions[program];
      if (version === undefined) return info('version unknown');
      return isAtLeast(version, oldest)
        ? ok(version)
        : warning(`${version}: older than ${oldest}, which is not tested`, `Update ${name}`);
    },
  })),
  {
    id: 'engine',
    title: 'Docker Engine',
    judge({ engine, driver }) {
      if (driver === 'fake') return info('not used: the driver is fake');
      if (engine.kind === 'private')
        return ok(engine.answers ? "the cloud's own, running" : "the cloud's own, started with it");
      if (engine.answers) return ok("the machine's own answers: servers become its containers");
      return fatal(
        "this cloud's servers live in the machine's own engine, which does not answer",
        'Start it (systemctl start docker), then repeat the command',
      );
    },
  },
];
