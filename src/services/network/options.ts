import { Type, type Static } from 'typebox';
import { Check, Default, Errors } from 'typebox/value';
import { bandwidthOptions } from './bandwidths/options.ts';

const words = (initial: readonly string[], description: string) =>
  Type.Array(Type.String({ minLength: 1, maxLength: 255 }), {
    default: [...initial],
    maxItems: 1000,
    description,
  });

/**
 * Options of the network service: member `network` of `<home>/config.json`. Names and meanings are those of
 * Neutron's ml2_conf.ini and neutron.conf.
 */
const schema = Type.Object(
  {
    type_drivers: words(['local', 'flat', 'vlan', 'geneve'], 'Kinds of networks that there can be'),
    tenant_network_types: words(
      ['geneve'],
      'Kinds that a network gets when nobody says which: the first with a free number',
    ),
    external_network_type: Type.String({
      default: '',
      maxLength: 64,
      description: 'Kind that external networks get when nobody says which; empty: as all others',
    }),
    vni_ranges: words(['1:16777215'], 'Numbers of geneve networks: first:last'),
    network_vlan_ranges: words(
      ['public'],
      'Physical networks that have VLANs, with the numbers that tenants get: name or name:first:last',
    ),
    flat_networks: words(['*'], 'Physical networks that can be flat networks; * for any'),
    max_header_size: Type.Integer({
      default: 38,
      minimum: 30,
      maximum: 200,
      description: 'Bytes of a Geneve header with its options, without the outer IP header',
    }),
    global_physnet_mtu: Type.Integer({
      default: 1500,
      minimum: 576,
      maximum: 65_535,
      description: 'Largest packet of the underlay in bytes',
    }),
    path_mtu: Type.Integer({
      default: 0,
      minimum: 0,
      maximum: 65_535,
      description:
        'Largest packet between hosts in bytes when it is less than global_physnet_mtu; 0: it is not',
    }),
    max_dns_nameservers: Type.Integer({
      default: 5,
      minimum: 0,
      maximum: 100,
      description: 'Name servers of a subnet',
    }),
    max_subnet_host_routes: Type.Integer({
      default: 20,
      minimum: 0,
      maximum: 100,
      description: 'Host routes of a subnet',
    }),
    physical_network_mtus: words([], 'Physical networks with another largest packet: name:bytes'),
    overlay_ip_version: Type.Union([Type.Literal(4), Type.Literal(6)], {
      default: 4,
      description: 'IP version between hosts',
    }),
    ovn_l3_scheduler: Type.Union([Type.Literal('leastloaded'), Type.Literal('chance')], {
      default: 'leastloaded',
      description: 'How the hosts of routers with a gateway are chosen',
    }),
    enable_distributed_floating_ip: Type.Boolean({
      default: false,
      description:
        'New routers translate floating IPs on the host of the server instead of the gateway',
    }),
    enable_snat_by_default: Type.Boolean({
      default: true,
      description:
        'Gateways translate the addresses of what leaves through them unless told not to',
    }),
    enable_default_route_ecmp: Type.Boolean({
      default: false,
      description: 'New routers use all their gateways at once',
    }),
    enable_default_route_bfd: Type.Boolean({
      default: false,
      description: 'New routers ask the next hops of their default routes whether they are there',
    }),
    network_log: Type.Object(
      {
        rate_limit: Type.Integer({
          default: 100,
          minimum: 100,
          maximum: 1_000_000,
          description: 'Packets a second that are logged of each rule',
        }),
        burst_limit: Type.Integer({
          default: 25,
          minimum: 25,
          maximum: 1_000_000,
          description: 'Packets that are logged at once',
        }),
      },
      { default: {}, additionalProperties: false },
    ),
    dns_domain: Type.String({
      default: 'openstacklocal',
      maxLength: 255,
      description: 'Domain of the names of ports',
    }),
    resource_provider_bandwidths: words(
      [],
      "Kilobits a second of this machine's bridges that servers may be promised: bridge:egress:ingress",
    ),
    resource_provider_inventory_defaults: words(
      [],
      'Of the inventories of bandwidth: allocation_ratio, min_unit, max_unit, step_size, reserved, each name:number',
    ),
    resource_provider_hypervisors: words(
      [],
      'Whose servers may have the bandwidth of a bridge: bridge:host',
    ),
    resource_provider_default_hypervisor: Type.String({
      default: '',
      maxLength: 255,
      pattern: '^[^\\s,;="\\\\]*$',
      description: 'The same for bridges that are not named there; empty: the host of this machine',
    }),
    drivers: words(
      [],
      'Packages with drivers from outside, below <home>/drivers, or absolute paths',
    ),
  },
  { additionalProperties: false },
);

export type NetworkOptions = Static<typeof schema>;

/** Reads the options, with defaults for those that are not there; fails with a sentence about each wrong one. */
export function networkOptions(given: unknown): NetworkOptions {
  const whole = Default(schema, structuredClone(given)) as unknown;
  if (Check(schema, whole)) {
    const faults = bandwidthFaults(whole);
    if (faults.length === 0) return whole;
    throw new Error(`config.json, network: ${faults.slice(0, 5).join('; ')}`);
  }
  const known = Object.keys(schema.properties);
  const unknown = Object.keys(Object(given)).filter((name) => !known.includes(name));
  const sentences = [
    ...unknown.map((name) => `'${name}' is no option, there are ${known.join(', ')}`),
    ...Errors(schema, whole)
      .filter(({ instancePath }) => !unknown.includes(instancePath.slice(1)) && instancePath !== '')
      .map(
        ({ instancePath, message }) => `${instancePath.slice(1).replaceAll('/', '.')} ${message}`,
      ),
  ];
  throw new Error(`config.json, network: ${sentences.slice(0, 5).join('; ') || 'it is no object'}`);
}

/** What of the bandwidths cannot be read, as the host's chassis will carry them. */
const bandwidthFaults = (options: NetworkOptions): string[] =>
  ['bandwidths', 'inventory_defaults', 'hypervisors'].flatMap((name) => {
    const key = `resource_provider_${name}` as 'resource_provider_bandwidths';
    const wrong = options[key].filter((entry) => /[\s,;="\\]/.test(entry));
    return [
      ...wrong.map((entry) => `${key}: '${entry}' has a character that no such entry has`),
      ...bandwidthOptions(`${key}=${options[key].join(';')}`).faults,
    ];
  });

/** Largest packet of tenant networks in bytes: what the underlay carries less the tunnel's headers. */
export const tunnelMtu = (options: NetworkOptions): number =>
  Math.min(options.global_physnet_mtu, options.path_mtu || Infinity) -
  options.max_header_size -
  (options.overlay_ip_version === 4 ? 20 : 40);

/** Largest packet of a physical network in bytes (`physical_network_mtus`, else `global_physnet_mtu`). */
export function physicalMtu(options: NetworkOptions, physicalNetwork: string | null): number {
  const entry = options.physical_network_mtus.find(
    (candidate) => candidate.slice(0, candidate.lastIndexOf(':')) === physicalNetwork,
  );
  return entry === undefined
    ? options.global_physnet_mtu
    : Number(entry.slice(entry.lastIndexOf(':') + 1));
}
