import { createHash } from 'node:crypto';
import type { Mirror, TablesOf } from '../../../ovn/index.ts';
import { zonesNamed } from '../zones/named.ts';

/** What of Southbound agents are read from. */
export type SouthboundMirror = Pick<Mirror<TablesOf<'OVN_Southbound'>>, 'table'>;

/** A host that answers servers' questions for metadata. */
export interface MetadataHost {
  readonly name: string;
  /** When it last said that it is there. */
  readonly seenAt: Date;
}

/** A process that makes networks on one host, as ML2/OVN shows chassis. */
export interface Agent {
  readonly id: string;
  readonly agent_type:
    | 'OVN Controller agent'
    | 'OVN Controller Gateway agent'
    | 'OVN Metadata agent';
  readonly binary: 'ovn-controller' | 'neutron-ovn-metadata-agent';
  readonly host: string;
  readonly chassis: string;
  readonly description: string;
  readonly bridgeMappings: string;
  readonly zones: readonly string[];
  readonly seenAt: Date;
  readonly alive: boolean;
}

/** An agent not heard of for so long is not alive (Neutron's `agent_down_time`), in milliseconds. */
export const AGENT_DOWN_MILLISECONDS = 75_000;

/** Where Chassis_Private keeps what administrators write about an agent: the keys of ML2/OVN. */
export const DESCRIPTION_KEYS = {
  'ovn-controller': 'neutron:description-controller',
  'neutron-ovn-metadata-agent': 'neutron:description-metadata',
} as const;

/** The same id for the same host at all times: a UUID of version 5 (RFC 9562 §5.5) in a namespace of our own. */
function metadataAgentId(host: string): string {
  const bytes = createHash('sha1').update(`ovenbird metadata agent ${host}`).digest();
  bytes[6] = (bytes[6]! & 0x0f) | 0x50;
  bytes[8] = (bytes[8]! & 0x3f) | 0x80;
  return bytes
    .toString('hex', 0, 16)
    .replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}

/**
 * Every agent at the time `now` (milliseconds). ovn-controller is alive when it has answered the newest count that
 * northd passed on (`nb_cfg`), or an earlier one not long ago.
 */
export function agentsOf(
  southbound: SouthboundMirror,
  metadataHosts: readonly MetadataHost[],
  now = Date.now(),
): Agent[] {
  const asked = southbound.table('SB_Global').filter(() => true)[0]?.nb_cfg ?? 0;
  const agents: Agent[] = [];
  for (const row of southbound.table('Chassis_Private').filter(() => true)) {
    const chassis = southbound.table('Chassis').first('name', row.name);
    const options = chassis?.other_config ?? {};
    const zones = zonesNamed(options['ovn-cms-options']);
    const recent = now - row.nb_cfg_timestamp < AGENT_DOWN_MILLISECONDS;
    const host = chassis?.hostname || row.name;
    agents.push({
      id: row.name,
      agent_type: (options['ovn-cms-options'] ?? '').split(',').includes('enable-chassis-as-gw')
        ? 'OVN Controller Gateway agent'
        : 'OVN Controller agent',
      binary: 'ovn-controller',
      host,
      chassis: row.name,
      description: row.external_ids[DESCRIPTION_KEYS['ovn-controller']] ?? '',
      bridgeMappings: options['ovn-bridge-mappings'] ?? '',
      zones,
      seenAt: new Date(row.nb_cfg_timestamp),
      alive: chassis !== undefined && (recent || (asked > 0 && row.nb_cfg >= asked)),
    });
    const metadata = metadataHosts.find(({ name }) => name === row.name || name === host);
    if (metadata === undefined) continue;
    agents.push({
      id: metadataAgentId(row.name),
      agent_type: 'OVN Metadata agent',
      binary: 'neutron-ovn-metadata-agent',
      host,
      chassis: row.name,
      description: row.external_ids[DESCRIPTION_KEYS['neutron-ovn-metadata-agent']] ?? '',
      bridgeMappings: options['ovn-bridge-mappings'] ?? '',
      zones,
      seenAt: metadata.seenAt,
      alive: now - metadata.seenAt.getTime() < AGENT_DOWN_MILLISECONDS,
    });
  }
  return agents.toSorted((a, b) =>
    `${a.chassis} ${a.binary}` < `${b.chassis} ${b.binary}` ? -1 : 1,
  );
}
