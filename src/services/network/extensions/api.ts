import { notFound } from '../../../core/errors.ts';
import { operation, type Operation } from '../../operation.ts';

/** Alias, name and what it adds. Clients decide by this list what they may use, so it names only what is there. */
const EXTENSIONS: readonly (readonly [alias: string, name: string, description: string])[] = [
  ['address-scope', 'Address scope', 'Ranges in which subnet pools do not overlap'],
  ['agent', 'agent', 'Processes that make networks on the hosts'],
  [
    'allowed-address-pairs',
    'Allowed Address Pairs',
    'Addresses a port may send from beside its own',
  ],
  ['availability_zone', 'Availability Zone', 'Zones of networks and routers'],
  ['binding', 'Port Binding', 'Where a port is bound'],
  ['default-subnetpools', 'Default Subnetpools', 'Subnets from the default pool'],
  ['empty-string-filtering', 'Empty String Filtering Extension', 'Filters with an empty value'],
  [
    'ext-gw-mode',
    'Neutron L3 Configurable external gateway mode',
    'Gateways with and without SNAT',
  ],
  ['external-net', 'Neutron external network', 'Networks that lead outside'],
  ['extra_dhcp_opt', 'Neutron Extra DHCP options', 'DHCP options of single ports'],
  ['extraroute', 'Neutron Extra Route', 'Static routes of routers'],
  ['extraroute-atomic', 'Atomically add/remove extra routes', 'Single static routes of routers'],
  ['filter-validation', 'Filter parameters validation', 'Unknown filters are refused'],
  ['fip-port-details', 'Floating IP Port Details Extension', 'The port in a floating IP'],
  ['ip-substring-filtering', 'IP address substring filtering', 'Ports by part of an address'],
  ['net-mtu', 'Network MTU', 'Largest packet of a network'],
  ['net-mtu-writable', 'Network MTU (writable)', 'Largest packet of a network can be set'],
  ['network_availability_zone', 'Network Availability Zone', 'Zones of networks'],
  ['network-ip-availability', 'Network IP Availability', 'Addresses used and left'],
  ['pagination', 'Pagination support', 'Lists page by page'],
  ['port-security', 'Port Security', 'Ports with and without filters'],
  [
    'port-security-groups-filtering',
    'Port filtering on security groups',
    'Ports by security group',
  ],
  ['project-id', 'project_id field enabled', 'project_id beside tenant_id'],
  ['provider', 'Provider Network', 'Networks of the machines'],
  ['quota_details', 'Quota details management support', 'Use and limit of each quota'],
  ['quotas', 'Quota management support', 'How much a project may have'],
  [
    'revision-if-match',
    'If-Match constraints based on revision_number',
    'Changes only of a known revision',
  ],
  ['router', 'Neutron L3 Router', 'Routers and floating IPs'],
  ['router_availability_zone', 'Router Availability Zone', 'Zones of routers'],
  ['security-group', 'security-group', 'Filters of ports'],
  [
    'security-groups-normalized-cidr',
    'Normalized CIDR field for security group rules',
    'Remote prefix as it is applied',
  ],
  ['sorting', 'Sorting support', 'Lists in any order'],
  ['standard-attr-description', 'standard-attr-description', 'Descriptions'],
  ['standard-attr-revisions', 'Resource revision numbers', 'Revision numbers'],
  ['standard-attr-tag', 'Tag support for resources with standard attribute', 'Tags'],
  ['standard-attr-timestamp', 'Resource timestamps', 'Times of creation and change'],
  [
    'stateful-security-group',
    'Stateful security group',
    'Groups with and without connection tracking',
  ],
  ['subnet_allocation', 'Subnet Allocation', 'Subnets from subnet pools'],
  ['subnet-service-types', 'Subnet service types', 'Subnets for certain devices only'],
  ['tag-creation', 'Tag creation extension', 'Several tags at once'],
];

const documents = EXTENSIONS.map(([alias, name, description]) => ({
  alias,
  name,
  description,
  links: [],
  updated: '2026-01-01T00:00:00-00:00',
}));

export const extensionOperations: Operation[] = [
  operation({
    name: 'get_extensions',
    method: 'GET',
    path: '/v2.0/extensions',
    summary: 'List what this service offers beside the core',
    role: 'reader',
    projectScope: false,
    success: 200,
    handle: async () => ({ body: { extensions: documents } }),
  }),
  operation({
    name: 'get_extension',
    method: 'GET',
    path: '/v2.0/extensions/{alias}',
    summary: 'Show an extension',
    role: 'reader',
    projectScope: false,
    success: 200,
    handle: async ({ params }) => {
      const extension = documents.find(({ alias }) => alias === params['alias']);
      if (extension === undefined) {
        throw notFound(`Extension with alias ${params['alias']} does not exist.`, 'HTTPNotFound');
      }
      return { body: { extension } };
    },
  }),
];
