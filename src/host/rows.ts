import type { Ovenbird } from '../ovn/index.ts';
import { definite } from './fault.ts';
import type {
  ImageWish,
  InterfaceWish,
  MetadataWish,
  ServerReport,
  ServerWish,
  TapWish,
} from './wish.ts';

/** The values of a position → value map, in order. */
const ordered = (map: Readonly<Record<string, string>>): string[] =>
  Object.entries(map)
    .toSorted(([left], [right]) => Number(left) - Number(right))
    .map(([, value]) => value);

const wholeNumber = (text: string | undefined): number | undefined => {
  const value = Number(text);
  return text === undefined || text === '' || !Number.isSafeInteger(value) || value < 0
    ? undefined
    : value;
};

/** Reads a `Server` row; throws a definite `HostFault` that names the column which cannot be. */
export function serverWish(
  row: Ovenbird['Server'],
  interfaces: readonly Ovenbird['Interface'][],
): ServerWish {
  return {
    id: row.id,
    name: row.name,
    hostname: row.hostname,
    projectId: row.project_id,
    image: imageWish(row.image),
    command: row.command[0] === undefined ? undefined : wordsOf(row.command[0], 'column "command"'),
    entrypoint:
      row.options['entrypoint'] === undefined
        ? undefined
        : wordsOf(row.options['entrypoint'], 'option "entrypoint"'),
    workingDirectory: row.options['working_dir'],
    tty: row.options['tty'] === 'true',
    setuid: row.options['setuid'] === 'true',
    restart: restartOf(row.options['restart']),
    environment: row.environment,
    vcpus: row.vcpus,
    memoryMb: row.memory_mb,
    diskGb: row.disk_gb,
    pidsLimit: wholeNumber(row.options['pids_limit']) ?? 1024,
    cpuShares: wholeNumber(row.options['cpu_shares']),
    stopTimeout: wholeNumber(row.options['stop_timeout']) ?? 10,
    power: row.power,
    generation: row.generation,
    build: wholeNumber(row.options['build']) ?? 0,
    rebootKind: row.reboot_kind === 'soft' ? 'soft' : 'hard',
    interfaces: interfaces
      .map(interfaceWish)
      .toSorted(
        (left, right) => left.position - right.position || (left.portId < right.portId ? -1 : 1),
      ),
    userData: row.user_data[0] === undefined ? undefined : Buffer.from(row.user_data[0], 'base64'),
    authorizedKeys: row.authorized_keys.toSorted(),
    administrator: row.options['admin_user'] ?? 'root',
    passwordHash: row.options['password_hash'],
    configDrive: row.options['config_drive'] === 'true',
    rescue: rescueOf(row.options),
    dns: ordered(row.dns),
    dnsSearch: row.dns_search.toSorted(),
  };
}

/** `always`, `on-failure` or `on-failure:3`; anything else is never. */
function restartOf(text: string | undefined): ServerWish['restart'] {
  const found = /^(always|on-failure)(?::(\d{1,6}))?$/.exec(text ?? '');
  if (found === null) return { when: 'never', attempts: 0 };
  return {
    when: found[1] === 'always' ? 'always' : 'failure',
    attempts: Number(found[2] ?? 0),
  };
}

function rescueOf(options: Readonly<Record<string, string>>): ServerWish['rescue'] {
  const { rescue_id: id, rescue_image: image, rescue_password_hash: passwordHash } = options;
  if (id === undefined || image === undefined) return undefined;
  return { id, image: imageWish(JSON.parse(image) as Record<string, string>), passwordHash };
}

function wordsOf(text: string, where: string): string[] {
  try {
    const value: unknown = JSON.parse(text);
    if (Array.isArray(value) && value.every((word) => typeof word === 'string')) return value;
  } catch {
    // said below
  }
  throw definite(`the ${where} of this server is not a JSON array of strings`);
}

/** Reads the column `image` of a `Server` row, or the arguments of an `image` task. */
export function imageWish(image: Readonly<Record<string, string>>): ImageWish {
  const algorithm = image['os_hash_algo'];
  const value = image['os_hash_value'];
  const digest: ImageWish['digest'] | undefined =
    (algorithm === 'sha512' || algorithm === 'sha256') && value
      ? { algorithm, value: value.toLowerCase() }
      : image['checksum']
        ? { algorithm: 'md5', value: image['checksum'].toLowerCase() }
        : undefined;
  if (!image['id']) throw definite('the column "image" of this server names no image');
  if (digest === undefined) {
    throw definite(`image ${image['id']} came without a checksum that this host can check`);
  }
  return {
    id: image['id'].toLowerCase(),
    containerFormat: image['container_format'] ?? 'docker',
    diskFormat: image['disk_format'] ?? 'raw',
    size: wholeNumber(image['size']),
    digest,
  };
}

const interfaceWish = (row: Ovenbird['Interface']): InterfaceWish => ({
  portId: row.port_id,
  networkId: row.network_id,
  mac: row.mac.toLowerCase(),
  mtu: row.mtu,
  addresses: ordered(row.addresses),
  routes: Object.entries(row.routes)
    .map(([destination, nextHop]) => ({ destination, nextHop: nextHop || undefined }))
    .toSorted((left, right) => (left.destination < right.destination ? -1 : 1)),
  device: row.device,
  position: row.position,
});

/** Reads a `Metadata_Port` row. */
export const metadataWish = (row: Ovenbird['Metadata_Port']): MetadataWish => ({
  networkId: row.network_id,
  portId: row.port_id,
  mac: row.mac.toLowerCase(),
  mtu: row.mtu,
  addresses: row.addresses.toSorted(),
});

/** Reads a `Tap_Flow` row. */
export const tapWish = (row: Ovenbird['Tap_Flow']): TapWish => ({
  id: row.id,
  tapPort: row.tap_port,
  sourcePort: row.source_port,
  direction: row.direction,
  vlans: row.vlans.toSorted((one, other) => one - other),
});

const optional = <T>(value: T | undefined): T[] => (value === undefined ? [] : [value]);

/** What an earlier agent reported of a server; undefined: none has seen the row. */
export function reportOf(row: Ovenbird['Server']): ServerReport | undefined {
  const [state] = row.state;
  if (state === undefined) return undefined;
  return {
    state,
    observedGeneration: row.observed_generation,
    exitCode: row.exit_code[0],
    message: row.message[0],
    containerId: row.container_id[0],
    startedAt: row.started_at[0],
    finishedAt: row.finished_at[0],
    plugged: row.plugged,
  };
}

/** Observed columns of a `Server` row, as a transaction takes them. */
export const reportColumns = (report: ServerReport) => ({
  state: [report.state],
  observed_generation: report.observedGeneration,
  exit_code: optional(report.exitCode),
  message: optional(report.message),
  container_id: optional(report.containerId),
  started_at: optional(report.startedAt),
  finished_at: optional(report.finishedAt),
  plugged: report.plugged.toSorted(),
});

/** The observed columns of a row that differ from a report. */
export function reportDifference(
  row: Ovenbird['Server'],
  report: ServerReport,
): Record<string, string | number | (string | number)[]> {
  const columns = reportColumns(report);
  const different: Record<string, string | number | (string | number)[]> = {};
  for (const [name, value] of Object.entries(columns)) {
    const live = row[name as keyof typeof columns];
    const comparable = Array.isArray(live) ? (live as (string | number)[]).toSorted() : live;
    if (JSON.stringify(comparable) !== JSON.stringify(value)) different[name] = value;
  }
  return different;
}
