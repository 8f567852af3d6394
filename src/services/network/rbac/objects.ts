import { sql, type RawBuilder } from 'kysely';
import { addressGroupNoun } from '../address_groups/noun.ts';
import { addressScopeNoun } from '../address_scopes/noun.ts';
import type { AnyNoun } from '../collections/noun.ts';
import { networkNoun } from '../networks/noun.ts';
import { qosPolicyNoun } from '../qos/noun.ts';
import { securityGroupNoun } from '../security_groups/noun.ts';
import { subnetPoolNoun } from '../subnetpools/noun.ts';
import type { RbacAction } from './access.ts';

/** What can be shared by policies. */
export type RbacObjectType =
  | 'network'
  | 'qos_policy'
  | 'security_group'
  | 'address_scope'
  | 'subnetpool'
  | 'address_group';

/** One type of object that can be shared. */
export interface Shareable {
  readonly noun: AnyNoun;
  /** For each action that there is: a query for the projects that need it with the object of this id. */
  readonly users: Readonly<Partial<Record<RbacAction, (id: string) => RawBuilder<unknown>>>>;
}

export const SHAREABLE: Readonly<Record<RbacObjectType, Shareable>> = {
  network: {
    noun: networkNoun,
    users: {
      access_as_shared: (id) => sql`
        select project_id from network.ports where network_id = ${id}
          and device_owner not in ('network:router_gateway', 'network:floatingip')
        union select project_id from network.subnets where network_id = ${id}`,
      access_as_external: (id) => sql`
        select r.project_id from network.ports p join network.routers r on r.id = p.router_id
          where p.network_id = ${id} and p.device_owner = 'network:router_gateway'
        union select project_id from network.floatingips where floating_network_id = ${id}`,
    },
  },
  qos_policy: {
    noun: qosPolicyNoun,
    users: {
      access_as_shared: (id) => sql`
        select project_id from network.ports where qos_policy_id = ${id}
        union select project_id from network.networks where qos_policy_id = ${id}
        union select project_id from network.floatingips where qos_policy_id = ${id}
        union select r.project_id from network.ports p join network.routers r on r.id = p.router_id
          where p.qos_policy_id = ${id}`,
    },
  },
  security_group: {
    noun: securityGroupNoun,
    users: {
      access_as_shared: (id) => sql`
        select p.project_id from network.port_security_groups g join network.ports p on p.id = g.port_id
          where g.security_group_id = ${id}
        union select project_id from network.security_group_rules where remote_group_id = ${id}`,
    },
  },
  address_scope: {
    noun: addressScopeNoun,
    users: {
      access_as_shared: (id) => sql`
        select project_id from network.subnetpools where address_scope_id = ${id}`,
    },
  },
  subnetpool: {
    noun: subnetPoolNoun,
    users: {
      access_as_shared: (id) => sql`
        select project_id from network.subnets where subnetpool_id = ${id}`,
    },
  },
  address_group: {
    noun: addressGroupNoun,
    users: {
      access_as_shared: (id) => sql`
        select project_id from network.security_group_rules where remote_address_group_id = ${id}`,
    },
  },
};
