/** Lists among the options of `config.json`, member `network`, that `ovn-cms-options` carries under the same names. */
const LISTS = [
  'resource_provider_bandwidths',
  'resource_provider_hypervisors',
  'resource_provider_inventory_defaults',
] as const;

/**
 * `ovn-cms-options` of this machine's chassis: it may have gateways, and what was configured of its bridges' bandwidth.
 * The network service checks the options when it starts; what has another form here is left out.
 */
export function chassisOptions(network: unknown): string {
  const given = Object(network) as Record<string, unknown>;
  const texts = (value: unknown): string[] =>
    // Commas, quotes and blanks would end the list, or the value.
    Array.isArray(value)
      ? value.filter((entry) => typeof entry === 'string' && /^[^\s,;="\\]+$/.test(entry))
      : [];
  const host = texts([given['resource_provider_default_hypervisor']]);
  return [
    'enable-chassis-as-gw',
    ...LISTS.map((name) => [name, texts(given[name])] as const)
      .filter(([, entries]) => entries.length > 0)
      .map(([name, entries]) => `${name}=${entries.join(';')}`),
    ...host.map((name) => `resource_provider_default_hypervisor=${name}`),
  ].join(',');
}
