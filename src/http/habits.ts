/** Collections of the network service that have an underscore in their paths here; the others have hyphens. */
const UNDERSCORED: ReadonlySet<string> = new Set([
  'availability_zones',
  'floatingip_pools',
  'network_segment_ranges',
  'service_profiles',
]);

/** Where clients look for something by habit → where it is. */
export function habitualUrl(url: string): string {
  // Keystone's clients try /v3 at the root of a host.
  if (/^\/v3(?=[/?]|$)/.test(url)) return `/identity${url}`;
  // No id is no image; the list has no slash behind it.
  if (/^\/image\/v2\/images\/(?=\?|$)/.test(url)) return '/image/v2/images/-';
  // Nova, too, takes a collection with a slash behind it for one of its members, without an id.
  if (/^\/compute\/v2\.1\/[a-z_-]+\/(?=\?|$)/.test(url)) return url.replace(/\/(?=\?|$)/, '/-/-');
  const network = /^\/network\/v2\.0\/([a-z_-]+)(?=[/?]|$)(.*)$/s.exec(url);
  if (network === null) return url;
  const [, collection, rest] = network as unknown as [string, string, string];
  // Tags of QoS policies are beside the policies' own path.
  if (collection === 'policies') return `/network/v2.0/qos/policies${rest}`;
  // Neutron takes a hyphen and an underscore for the same, and clients differ.
  const underscored = collection.replaceAll('-', '_');
  const known = UNDERSCORED.has(underscored) ? underscored : collection.replaceAll('_', '-');
  return `/network/v2.0/${known}${rest}`;
}
