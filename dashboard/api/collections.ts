import type { CollectionName, Collections } from './documents.ts';
import { nextPage } from './next-page.ts';
import { ask } from './request.ts';
import type { Session } from './session.ts';

interface Source {
  readonly path: string;
  /** The reply's member with the items. */
  readonly member: string;
  /** What only administrators may read. */
  readonly admin?: boolean;
  /** Where administrators ask for the items of all projects. */
  readonly allProjects?: string;
}

const SOURCES: Readonly<Record<CollectionName, Source>> = {
  servers: {
    path: 'compute/v2.1/servers/detail',
    member: 'servers',
    allProjects: '?all_tenants=1',
  },
  flavors: { path: 'compute/v2.1/flavors/detail?is_public=None', member: 'flavors' },
  networks: { path: 'network/v2.0/networks', member: 'networks' },
  subnets: { path: 'network/v2.0/subnets', member: 'subnets' },
  ports: { path: 'network/v2.0/ports', member: 'ports' },
  routers: { path: 'network/v2.0/routers', member: 'routers' },
  floatingIps: { path: 'network/v2.0/floatingips', member: 'floatingips' },
  securityGroups: { path: 'network/v2.0/security-groups', member: 'security_groups' },
  images: { path: 'image/v2/images', member: 'images' },
  hypervisors: { path: 'compute/v2.1/os-hypervisors/detail', member: 'hypervisors', admin: true },
  projects: { path: 'identity/v3/projects', member: 'projects', admin: true },
};

export const COLLECTION_NAMES = Object.keys(SOURCES) as readonly CollectionName[];

/** Pages that are followed at most: 50,000 servers. */
const PAGE_LIMIT = 50;

/** The collections that this session may ask for. */
export const collectionsOf = (session: Session): readonly CollectionName[] =>
  COLLECTION_NAMES.filter((name) => session.isAdmin || !SOURCES[name].admin);

/**
 * All items of a collection, as the texts of its pages: equal texts mean that nothing changed, and parsing can
 * be spared. Throws what `ask` throws.
 */
export async function readPages(
  name: CollectionName,
  session: Session,
  allProjects: boolean,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const source = SOURCES[name];
  const pages: string[] = [];
  let path: string | undefined = source.path + (allProjects ? (source.allProjects ?? '') : '');
  while (path !== undefined && pages.length < PAGE_LIMIT) {
    const { text } = await ask(path, {
      token: session.token,
      signal,
      headers: path.startsWith('compute/')
        ? { 'openstack-api-version': `compute ${session.computeVersion}` }
        : {},
    });
    pages.push(text);
    const query = nextPage(text, source.member);
    path = query === undefined ? undefined : source.path.replace(/\?.*/, '') + query;
  }
  return pages;
}

/** The items in the pages of a collection. */
export const itemsIn = <Name extends CollectionName>(
  name: Name,
  pages: readonly string[],
): Collections[Name] =>
  pages.flatMap(
    (page) => (JSON.parse(page) as Record<string, unknown[]>)[SOURCES[name].member] ?? [],
  ) as unknown as Collections[Name];
