/**
 * The query of the next page: Nova and Neutron link it in `servers_links`, Glance in `next`, Keystone in
 * `links`. Only the query is taken over: the rest of a link is the service's idea of its own address.
 */
export function nextPage(page: string, member: string): string | undefined {
  // Most replies are one page; those need not be parsed to know it.
  if (!page.includes('"next"')) return undefined;
  const document = JSON.parse(page) as Record<string, unknown>;
  const links = document[`${member}_links`];
  const linked = Array.isArray(links)
    ? (links as { rel?: string; href?: string }[]).find(({ rel }) => rel === 'next')?.href
    : undefined;
  const next =
    linked ?? document['next'] ?? (document['links'] as { next?: unknown } | undefined)?.next;
  if (typeof next !== 'string') return undefined;
  const start = next.indexOf('?');
  return start === -1 ? undefined : next.slice(start);
}
