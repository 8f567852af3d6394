import type { ServiceName } from '../../operation.ts';
import type { IdentityContext } from '../context.ts';
import { endpointsOfProject } from '../endpoint-groups/model.ts';

/** Where the client sees each service. */
export type UrlOf = (service: ServiceName) => string;

interface CatalogRow {
  readonly id: string;
  readonly interface: string;
  readonly region_id: string | null;
  readonly url: string;
  readonly service_id: string;
  readonly type: string;
  readonly name: string | null;
}

export interface CatalogEntry {
  readonly id: string;
  readonly type: string;
  readonly name: string;
  readonly endpoints: readonly {
    readonly id: string;
    readonly interface: string;
    readonly region: string | null;
    readonly region_id: string | null;
    readonly url: string;
  }[];
}

/** An endpoint's address as the client sees it: a path below our root becomes absolute, behind a proxy too. */
export const absoluteUrl = (url: string, urlOf: UrlOf): string =>
  url.startsWith('/') ? urlOf('identity').replace(/\/identity$/, '') + url : url;

const PLACEHOLDER = /[$%]\((tenant_id|project_id|user_id)\)s/g;

/**
 * The catalog as JSON; it is the same for all unless addresses name the project or the user, or the project has its own
 * selection, so most tokens share one text.
 */
export async function catalogJson(
  context: IdentityContext,
  urlOf: UrlOf,
  scope: CatalogScope,
): Promise<string> {
  const rows = await context.memory.get('catalog', () => load(context));
  const shown = scope.projectId === undefined ? null : await associated(context, scope.projectId);
  const personal = shown !== null || rows.some((row) => row.url.includes(')s'));
  const whose = personal ? `${scope.projectId} ${scope.userId}` : 'everybody';
  return context.memory.get(`catalog for ${whose} at ${urlOf('identity')}`, async () =>
    JSON.stringify(await catalogOf(context, urlOf, scope)),
  );
}

interface CatalogScope {
  readonly projectId: string | undefined;
  readonly userId: string;
}

/**
 * The catalog of a token. Endpoints with a project in their address are left out of a token without project, as
 * Keystone does; a project that is associated with endpoints (OS-EP-FILTER) sees no others.
 */
export async function catalogOf(
  context: IdentityContext,
  urlOf: UrlOf,
  scope: CatalogScope,
): Promise<CatalogEntry[]> {
  const rows = await context.memory.get('catalog', () => load(context));
  const shown = scope.projectId === undefined ? null : await associated(context, scope.projectId);
  const entries = new Map<
    string,
    CatalogEntry & { endpoints: CatalogEntry['endpoints'][number][] }
  >();
  for (const row of rows) {
    const missing = scope.projectId === undefined && /\((tenant|project)_id\)/.test(row.url);
    if (missing || shown?.has(row.id) === false) continue;
    let entry = entries.get(row.service_id);
    if (entry === undefined) {
      entry = { id: row.service_id, type: row.type, name: row.name ?? '', endpoints: [] };
      entries.set(row.service_id, entry);
    }
    entry.endpoints.push({
      id: row.id,
      interface: row.interface,
      region: row.region_id,
      region_id: row.region_id,
      url: absoluteUrl(row.url, urlOf).replace(PLACEHOLDER, (_, name: string) =>
        name === 'user_id' ? scope.userId : (scope.projectId ?? ''),
      ),
    });
  }
  return [...entries.values()];
}

/** The endpoints that a project sees; null for all of them. */
const associated = (context: IdentityContext, projectId: string): Promise<Set<string> | null> =>
  context.memory.get(`endpoints of ${projectId}`, async () => {
    const rows = await endpointsOfProject(context.tables, projectId);
    const { return_all_endpoints_if_no_filter: all } = context.options.endpoint_filter;
    return rows.length === 0 && all ? null : new Set(rows.map(({ id }) => id));
  });

const load = (context: IdentityContext): Promise<CatalogRow[]> =>
  context.tables
    .selectFrom('identity.endpoints as endpoint')
    .innerJoin('identity.services as service', 'service.id', 'endpoint.service_id')
    .select(['endpoint.id', 'endpoint.interface', 'endpoint.region_id', 'endpoint.url'])
    .select(['service.id as service_id', 'service.type', 'service.name'])
    .where('endpoint.enabled', '=', true)
    .where('service.enabled', '=', true)
    .orderBy('service.type')
    .orderBy('service.id')
    .orderBy('endpoint.interface', 'desc')
    .orderBy('endpoint.id')
    .execute();
