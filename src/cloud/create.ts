import { createHash, randomBytes } from 'node:crypto';
import { chownSync, existsSync, readFileSync, statSync } from 'node:fs';
import { hostname } from 'node:os';
import path from 'node:path';
import { readConfiguration, type Configuration } from '../core/configuration.ts';
import { newHexId } from '../core/ids.ts';
import { cloudOf, type Cloud } from './cloud.ts';
import { createOnce, ensureFolder, writeAtomically } from './files.ts';
import { layout, type Layout } from './layout.ts';
import {
  chooseExternalNetwork,
  formatAddress,
  formatNetwork,
  overlaps,
  parseNetwork,
} from './network/address.ts';
import { withMachineLock } from './lock.ts';
import { machineNetworks, type MachineNetwork } from './network/machine.ts';
import { claimName, knownClouds, ownerOfName } from './registry.ts';
import { systemUser } from './users.ts';

/** What the person may choose at the first start; all of it is fixed from then on. */
export interface CloudChoices {
  readonly name?: string;
  readonly listen?: { readonly address: string; readonly port: number };
  readonly driver?: Configuration['driver'];
  /** A host for virtual machines besides; may be asked for later, too. */
  readonly qemu?: boolean;
  /** As so many hosts for containers the machine appears; may be raised later. */
  readonly hosts?: number;
  /** External network in CIDR notation. */
  readonly external?: string;
}

/** A wish that cannot be met; the message says why and what to do. */
export class RefusedError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'RefusedError';
  }
}

const NAME = /^[a-z0-9]{1,8}$/;
const DEFAULT_HOME = '/var/lib/ovenbird';

/**
 * The cloud at a home, made when there is none: folders, `cloud.json`, secrets. Existing choices stay; asking for
 * others than the cloud has is refused rather than ignored.
 */
export async function createOrOpenCloud(home: string, choices: CloudChoices): Promise<Cloud> {
  const files = layout(home);
  const cloud = await withMachineLock(async () => {
    if (!existsSync(files.configuration)) {
      const { home: _, ...stored } = await chooseConfiguration(home, choices);
      makeFolders(files);
      createOnce(files.configuration, `${JSON.stringify(stored, null, 2)}\n`);
    }
    let opened = cloudOf(readConfiguration(home));
    if (choices.qemu === true && opened.configuration.qemu !== true)
      opened = addHosts(opened, { qemu: true });
    if (choices.hosts !== undefined && choices.hosts > (opened.configuration.hosts ?? 1))
      opened = addHosts(opened, { hosts: choices.hosts });
    refuseOtherChoices(opened, choices);
    claimName(opened.configuration.name, home);
    return opened;
  });
  makeFolders(files);
  makeSecrets(files);
  return cloud;
}

/** Gives a cloud further hosts. What those it has hold stays; what each of them offers gets less. */
function addHosts(
  { configuration, layout: files }: Cloud,
  more: Pick<Configuration, 'qemu' | 'hosts'>,
): Cloud {
  if (more.qemu === true) refuseWithoutNetwork(configuration);
  const { home: _, options: __, ...stored } = { ...configuration, ...more };
  writeAtomically(files.configuration, `${JSON.stringify(stored, null, 2)}\n`);
  return cloudOf({ ...configuration, ...more });
}

function refuseWithoutNetwork({ home, driver }: Pick<Configuration, 'home' | 'driver'>): void {
  if (driver !== 'docker')
    throw new RefusedError(
      `--qemu: the cloud in ${home} has the driver ${driver} and therefore no network for virtual machines: leave ` +
        'the option out, or start another cloud',
    );
}

async function chooseConfiguration(home: string, choices: CloudChoices): Promise<Configuration> {
  const name = choices.name ?? nameFromHome(home);
  if (!NAME.test(name))
    throw new RefusedError(`the name "${name}" is not 1 to 8 of the characters a-z and 0-9`);
  const owner = ownerOfName(name);
  if (owner !== undefined && owner !== home)
    throw new RefusedError(
      `the name "${name}" belongs to the cloud in ${owner}: choose another one with --name`,
    );
  if (choices.qemu === true) refuseWithoutNetwork({ home, driver: choices.driver ?? 'docker' });
  const external = await chooseExternal(choices.external);
  return {
    home,
    name,
    id: newHexId(),
    listen: choices.listen ?? { address: '127.0.0.1', port: 5000 },
    region: 'RegionOne',
    host: hostFromMachine(hostname()),
    external,
    driver: choices.driver ?? 'docker',
    ...(choices.qemu === true ? { qemu: true } : {}),
    ...((choices.hosts ?? 1) > 1 ? { hosts: choices.hosts! } : {}),
  };
}

/** The name of the cloud in the default home is `main`; another's is made of its path, the same each time. */
export function nameFromHome(home: string): string {
  if (home === DEFAULT_HOME) return 'main';
  const letters = path
    .basename(home)
    .toLowerCase()
    .replace(/[^a-z0-9]/g, '')
    .slice(0, 4);
  return (
    letters +
    createHash('sha256')
      .update(home)
      .digest('hex')
      .slice(0, 8 - letters.length)
  );
}

/** A machine's name as a chassis and a file name may have it. */
export const hostFromMachine = (name: string): string =>
  name
    .toLowerCase()
    .replace(/[^a-z0-9.-]/g, '-')
    .replace(/^[.-]+|[.-]+$/g, '')
    .slice(0, 63) || 'host';

async function chooseExternal(wish: string | undefined): Promise<Configuration['external']> {
  // A cloud that is down now will want its network back.
  const used = [...(await machineNetworks()), ...networksOfClouds()];
  if (wish === undefined) {
    const network = chooseExternalNetwork(used);
    if (network === undefined)
      throw new RefusedError(
        'every network from 172.24.4.0/24 on is in use on this machine: name a free one with --external CIDR',
      );
    return { cidr: formatNetwork(network), machineAddress: formatAddress(network.first + 1) };
  }
  const network = parseNetwork(wish);
  if (network === undefined || network.length < 8 || network.length > 28)
    throw new RefusedError(
      `--external ${wish}: not an IPv4 network such as 172.24.4.0/24 with a prefix from 8 to 28`,
    );
  const other = used.find((entry) => overlaps(entry, network));
  if (other !== undefined)
    throw new RefusedError(
      `--external ${wish}: this machine already reaches ${formatNetwork(other)} through ${other.device}, ` +
        'which overlaps: choose another network, or leave --external out to have a free one chosen',
    );
  return { cidr: formatNetwork(network), machineAddress: formatAddress(network.first + 1) };
}

function networksOfClouds(): MachineNetwork[] {
  return [...knownClouds()].flatMap(([name, home]) => {
    const network = parseNetwork(readConfiguration(home).external.cidr);
    return network === undefined ? [] : [{ ...network, device: `ovb-${name}` }];
  });
}

/** Refuses choices that contradict what the cloud was made with. */
export function refuseOtherChoices({ configuration }: Cloud, choices: CloudChoices): void {
  if (choices.qemu === true && configuration.qemu !== true)
    throw new RefusedError(
      `the cloud in ${configuration.home} runs without a host for virtual machines: run "npx ovenbird down" and ` +
        'then "npx ovenbird up --qemu"; servers keep running',
    );
  const { hosts = 1 } = configuration;
  if (choices.hosts !== undefined && choices.hosts > hosts)
    throw new RefusedError(
      `the cloud in ${configuration.home} runs with ${hosts === 1 ? 'one host' : `${hosts} hosts`} for containers: run "npx ovenbird down" and ` +
        `then "npx ovenbird up --hosts ${choices.hosts}"; servers keep running`,
    );
  const differences: string[] = [];
  const compare = (option: string, has: string, wish: string | undefined) => {
    if (wish !== undefined && wish !== has) differences.push(`${option} ${wish} (it has ${has})`);
  };
  const listen = choices.listen && `${choices.listen.address}:${choices.listen.port}`;
  compare('--name', configuration.name, choices.name);
  compare('--listen', `${configuration.listen.address}:${configuration.listen.port}`, listen);
  compare('--driver', configuration.driver, choices.driver);
  // A host that goes would take its servers with it.
  compare(
    '--hosts',
    String(hosts),
    choices.hosts === undefined ? undefined : String(choices.hosts),
  );
  compare('--external', configuration.external.cidr, choices.external);
  if (differences.length > 0)
    throw new RefusedError(
      `the cloud in ${configuration.home} exists and was made otherwise: ${differences.join(', ')}. ` +
        'Leave the option out, or set OVENBIRD_HOME to another folder for a second cloud',
    );
}

/**
 * Nobody but root and the database's user gets below the home: PostgreSQL runs as `postgres` and must pass
 * through two folders to reach its own.
 */
function makeFolders(files: Layout): void {
  const postgres = systemUser('postgres');
  const home = path.dirname(files.configuration);
  const passed = [home, files.run];
  for (const folder of passed) {
    ensureFolder(folder, 0o710);
    if (statSync(folder).gid !== postgres.gid) chownSync(folder, 0, postgres.gid);
  }
  for (const folder of [files.secrets, files.log, files.databases, files.pids, files.images])
    ensureFolder(folder, 0o700);
  for (const folder of [files.postgresData, files.postgresSocket]) {
    ensureFolder(folder, 0o700);
    if (statSync(folder).uid !== postgres.uid) chownSync(folder, postgres.uid, postgres.gid);
  }
}

function makeSecrets(files: Layout): void {
  const password = () => randomBytes(18).toString('base64url');
  for (const file of [files.adminPassword, files.demoPassword]) createOnce(file, `${password()}\n`);
  createOnce(files.hostToken, `${randomBytes(32).toString('hex')}\n`);
  for (const file of [files.adminPassword, files.demoPassword, files.hostToken])
    if (readFileSync(file, 'utf8').trim() === '')
      throw new RefusedError(
        `${file} is empty: put the secret back, or remove the file to get a new one`,
      );
}
