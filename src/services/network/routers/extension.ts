import type { Extension } from '../drivers/extension.ts';
import { keys } from '../northbound/keys.ts';
import { identifiedRows, namedRows, textOf } from '../northbound/rows.ts';
import { interfaceOperations } from './api.ts';
import { extraRouteOperations } from './extra-routes.ts';
import { gatewayOperations } from './gateways.ts';
import { routerNoun } from './noun.ts';
import { routerOwner } from './owner.ts';
import { routerRules } from './rules.ts';

export const routers: Extension = {
  name: 'routers',
  aliases: [
    { alias: 'router', name: 'Neutron L3 Router', description: 'Routers and floating IPs' },
    {
      alias: 'ext-gw-mode',
      name: 'Neutron L3 Configurable external gateway mode',
      description: 'Gateways with and without SNAT',
    },
    {
      alias: 'external-gateway-multihoming',
      name: 'Neutron L3 External Gateway Multihoming',
      description: 'Several gateways of a router',
    },
    {
      alias: 'enable-default-route-ecmp',
      name: 'Enable Default Route ECMP',
      description: 'Routers that use all their gateways at once',
    },
    {
      alias: 'enable-default-route-bfd',
      name: 'Enable Default Route BFD',
      description: 'Default routes that count only while their next hop answers',
    },
    {
      alias: 'l3-ha',
      name: 'HA Router extension',
      description: 'Routers whose gateways have hosts that stand by, or one host',
    },
    {
      alias: 'dvr',
      name: 'Distributed Virtual Router',
      description: "Routers that translate floating IPs on their servers' hosts",
    },
    {
      alias: 'extraroute',
      name: 'Neutron Extra Route',
      description: 'Static routes of routers',
    },
    {
      alias: 'extraroute-atomic',
      name: 'Atomically add/remove extra routes',
      description: 'Single static routes of routers',
    },
    {
      alias: 'router_availability_zone',
      name: 'Router Availability Zone',
      description: 'Zones of routers',
    },
  ],
  nouns: [[routerNoun, routerRules]],
  operations: (room) => [
    ...interfaceOperations(room),
    ...extraRouteOperations(room),
    ...gatewayOperations(room),
  ],
  owners: [routerOwner],
  rows: [
    namedRows('Logical_Router', 'router', 'neutron-'),
    identifiedRows('Logical_Router_Static_Route', 'router', 'neutron:router_id', (router, row) =>
      keys.route(router, textOf(row, 'ip_prefix'), textOf(row, 'nexthop')),
    ),
    identifiedRows('NAT', 'router', 'neutron:router_id', (router, row) =>
      keys.sourceNat(router, textOf(row, 'logical_ip'), textOf(row, 'external_ip')),
    ),
    identifiedRows('BFD', 'router', 'neutron:router_id', (_router, row) =>
      keys.bfd(textOf(row, 'logical_port'), textOf(row, 'dst_ip')),
    ),
  ],
  memberships: [
    { table: 'Logical_Router', column: 'static_routes', child: 'Logical_Router_Static_Route' },
    { table: 'Logical_Router', column: 'nat', child: 'NAT' },
  ],
};
