import { sql } from 'kysely';
import { namedUuid } from '../../../core/ids.ts';
import type { ResourceRequest } from './contract.ts';
import { BANDWIDTH_CLASSES, physicalNetworkTrait, vnicTypeTrait } from './names.ts';

/** The minimum bandwidth that a port's policy, its own or its network's, promises. */
export interface Minimum {
  /** The oldest first. */
  readonly rules: readonly {
    readonly id: string;
    readonly direction: 'egress' | 'ingress';
    readonly min_kbps: number;
  }[];
  /** Of the network's first segment; null: tunnels, whose bandwidth nobody counts. */
  readonly physical_network: string | null;
}

/** What a request is made of. */
export interface Requester {
  readonly id: string;
  readonly binding_vnic_type: string;
  readonly minimum: Minimum | null;
}

// Asked once a list: whether there is any minimum at all. Then only networks that have a policy are looked at, and
// policies that have a minimum: lists of thousands of ports cost next to nothing more.
const policy = sql`coalesce(o.qos_policy_id,
  case when o.network_id in (select id from network.networks where qos_policy_id is not null)
    then (select n.qos_policy_id from network.networks n where n.id = o.network_id) end)`;

/** Column `minimum` of a port `o`: a `Minimum`, or null. */
export const minimumColumn = sql`case
  when not exists (select from network.qos_rules where type = 'minimum_bandwidth') then null
  when ${policy} in
    (select policy_id from network.qos_rules where type = 'minimum_bandwidth')
  then json_build_object(
    'rules', (select json_agg(json_build_object('id', r.id, 'direction', r.direction,
        'min_kbps', r.min_kbps) order by r.created_at, r.id)
      from network.qos_rules r where r.policy_id = ${policy} and r.type = 'minimum_bandwidth'),
    'physical_network', (select g.physical_network from network.segments g
      where g.network_id = o.network_id order by g.segment_index limit 1)) end as minimum`;

/**
 * What a port needs of a host's bandwidth, null when nothing. The group's id follows from the port and the rules, as
 * Neutron makes it, so that `binding:profile` can tell later what was taken for which rules.
 */
export function requestOf({ id, binding_vnic_type, minimum }: Requester): ResourceRequest | null {
  const rules = minimum?.rules.filter(({ min_kbps }) => min_kbps > 0) ?? [];
  if (!minimum?.physical_network || rules.length === 0) return null;
  const group = namedUuid(id, rules.map((rule) => rule.id).join(':'));
  return {
    request_groups: [
      {
        id: group,
        required: [
          physicalNetworkTrait(minimum.physical_network),
          vnicTypeTrait(binding_vnic_type),
        ],
        resources: Object.fromEntries(
          rules.map(({ direction, min_kbps }) => [BANDWIDTH_CLASSES[direction], min_kbps]),
        ),
      },
    ],
    same_subtree: [group],
  };
}
