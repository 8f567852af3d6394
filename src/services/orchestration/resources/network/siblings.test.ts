import assert from 'node:assert/strict';
import { test } from 'node:test';
import { builtinTypes } from '../builtin.ts';
import type { Sibling } from '../type.ts';

const ref = (resource: string) => ({ resource });
const one = (name: string, type: string, properties: Sibling['properties']): Sibling => ({
  name,
  type: `OS::${type}`,
  properties,
});

/** The classic template: two networks, a router, a server behind a floating IP. */
const STACK: readonly Sibling[] = [
  one('net', 'Neutron::Net', {}),
  one('subnet', 'Neutron::Subnet', { network_id: ref('net'), cidr: '10.0.0.0/24' }),
  one('other_net', 'Neutron::Net', {}),
  one('other_subnet', 'Neutron::Subnet', { network: ref('other_net') }),
  one('public_subnet', 'Neutron::Subnet', { network: 'public' }),
  one('router', 'Neutron::Router', { external_gateway_info: { network: 'public' } }),
  one('interface', 'Neutron::RouterInterface', { router_id: ref('router'), subnet: ref('subnet') }),
  one('other_interface', 'Neutron::RouterInterface', {
    router: ref('router'),
    subnet: ref('other_subnet'),
  }),
  one('gateway', 'Neutron::RouterGateway', { router_id: ref('router'), network_id: 'public' }),
  one('port', 'Neutron::Port', { network: ref('net') }),
  one('fixed_port', 'Neutron::Port', {
    network: ref('net'),
    fixed_ips: [{ subnet_id: ref('subnet') }],
  }),
  one('address', 'Neutron::FloatingIP', { floating_network: 'public', port_id: ref('port') }),
  one('plain_address', 'Neutron::FloatingIP', { floating_network_id: 'elsewhere' }),
  one('association', 'Neutron::FloatingIPAssociation', { port_id: ref('fixed_port') }),
  one('route', 'Neutron::ExtraRoute', { router_id: ref('router') }),
  one('server', 'Nova::Server', { networks: [{ network: ref('other_net') }] }),
  one('port_server', 'Nova::Server', { networks: [{ port: ref('port') }] }),
  one('auto_server', 'Nova::Server', {}),
];

const needs = (name: string): readonly string[] => {
  const own = STACK.find((sibling) => sibling.name === name)!;
  const type = builtinTypes.find((candidate) => candidate.name === own.type)!;
  const others = STACK.filter((sibling) => sibling !== own);
  return [...new Set(type.needs?.(own, others) ?? [])].toSorted();
};

test('dependencies that the template leaves unsaid', () => {
  const expected: Record<string, string[]> = {
    net: [],
    subnet: [],
    router: ['public_subnet'],
    interface: [],
    gateway: ['interface', 'other_interface', 'public_subnet'],
    port: ['subnet'],
    fixed_port: ['subnet'],
    address: ['gateway', 'interface', 'router'],
    plain_address: [],
    association: ['interface'],
    route: ['gateway', 'interface', 'other_interface'],
    server: ['other_subnet'],
    // Nobody knows on which network the port is.
    port_server: ['other_subnet', 'public_subnet', 'subnet'],
    auto_server: [],
  };
  const found = Object.fromEntries(Object.keys(expected).map((name) => [name, needs(name)]));
  assert.deepEqual(found, expected);
});
