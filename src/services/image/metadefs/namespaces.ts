import type { Static } from 'typebox';
import { badRequest, forbidden } from '../../../core/errors.ts';
import type { Caller } from '../../identity/caller.ts';
import { operation, type Operation, type OperationRequest } from '../../operation.ts';
import { policy } from '../policy.ts';
import { checkWritable, documentOf, duplicate, namespaceFor, namespaceNotFound } from './access.ts';
import type { Definition, MetadefModel, NamespaceListing } from './model.ts';
import { NAMESPACE } from './schema.ts';
import type { NamespaceRow } from './tables.ts';
import { pathOf, viewNamespace, viewNamespaceBriefly } from './view.ts';

const SORT_KEYS = ['namespace', 'created_at', 'updated_at'] as const;
const DEFAULT_LIMIT = 25;
const MAXIMUM_LIMIT = 1000;

/** Catalogues of metadata. */
export function namespaceOperations(metadefs: MetadefModel): Operation[] {
  const collection = '/v2/metadefs/namespaces';
  const item = `${collection}/{namespace_name}`;

  async function whole(row: NamespaceRow, resourceType?: string) {
    const definitions = await metadefs.definitions([row.namespace]);
    const association = definitions.find(
      ({ kind, name }) => kind === 'resource_type' && name === resourceType,
    );
    return viewNamespace(row, definitions, (association?.document['prefix'] as string) ?? '');
  }

  return [
    operation({
      name: 'get_metadef_namespaces',
      method: 'GET',
      path: collection,
      summary: 'List namespaces of metadata definitions',
      role: policy.role('get_metadef_namespace'),
      success: 200,
      async handle({ query, caller, target }) {
        const listing = await listingOf(query, caller, metadefs);
        const rows = await metadefs.list(listing);
        const definitions = await metadefs.definitions(
          rows.map(({ namespace }) => namespace),
          'resource_type',
        );
        const of = Map.groupBy(definitions, ({ namespace }) => namespace);
        return {
          body: {
            namespaces: rows.map((row) => viewNamespaceBriefly(row, of.get(row.namespace) ?? [])),
            ...links(target, rows, listing.limit),
            schema: '/v2/schemas/metadefs/namespaces',
          },
        };
      },
    }),
    operation({
      name: 'add_metadef_namespace',
      method: 'POST',
      path: collection,
      summary: 'Create a namespace, with all that is in it',
      role: policy.role('modify_metadef_namespace'),
      success: 201,
      body: NAMESPACE,
      async handle({ body, caller, serviceUrl }) {
        checkWritable(body);
        const row = await metadefs.create(
          {
            namespace: body.namespace,
            display_name: body.display_name ?? null,
            description: body.description ?? null,
            visibility: (body.visibility as NamespaceRow['visibility'] | undefined) ?? 'private',
            protected: body.protected ?? false,
            owner: body.owner ?? caller.projectId ?? null,
          },
          definitionsOf(body),
        );
        if (row === undefined) throw duplicate('namespace', body.namespace);
        return {
          body: await whole(row),
          headers: { Location: `${serviceUrl}${encodeURI(pathOf(row.namespace))}` },
        };
      },
    }),
    operation({
      name: 'get_metadef_namespace',
      method: 'GET',
      path: item,
      summary: 'Show a namespace and what is in it',
      role: policy.role('get_metadef_namespace'),
      success: 200,
      async handle({ params, query, caller }) {
        const name = params['namespace_name']!;
        const row = await namespaceFor('get_metadef_namespace', metadefs, caller, name);
        return { body: await whole(row, query['resource_type']?.at(-1)) };
      },
    }),
    operation({
      name: 'modify_metadef_namespace',
      method: 'PUT',
      path: item,
      summary: 'Change a namespace',
      role: policy.role('modify_metadef_namespace'),
      success: 200,
      body: NAMESPACE,
      async handle({ params, body, caller }) {
        checkWritable(body);
        const name = params['namespace_name']!;
        await namespaceFor('modify_metadef_namespace', metadefs, caller, name);
        const row = await metadefs.change(name, {
          namespace: body.namespace,
          display_name: body.display_name ?? null,
          description: body.description ?? null,
          ...(body.visibility === undefined
            ? {}
            : { visibility: body.visibility as NamespaceRow['visibility'] }),
          ...(body.protected === undefined ? {} : { protected: body.protected }),
          ...(body.owner === undefined ? {} : { owner: body.owner }),
        });
        if (row === undefined) throw namespaceNotFound(name);
        if (row === 'taken') throw duplicate('namespace', body.namespace);
        return { body: viewNamespaceBriefly(row, []) };
      },
    }),
    operation({
      name: 'delete_metadef_namespace',
      method: 'DELETE',
      path: item,
      summary: 'Delete a namespace and what is in it',
      role: policy.role('modify_metadef_namespace'),
      success: 204,
      async handle({ params, caller }) {
        const name = params['namespace_name']!;
        const row = await namespaceFor('modify_metadef_namespace', metadefs, caller, name);
        if (row.protected || !(await metadefs.remove(name))) {
          if (!row.protected && (await metadefs.find(name)) === undefined)
            throw namespaceNotFound(name);
          throw forbidden(
            `Metadata definition namespace ${name} is protected and cannot be deleted: set protected to false first.`,
          );
        }
        return {};
      },
    }),
  ];
}

/** The entries that come with a new namespace; fails with 409 when one is there twice. */
function definitionsOf(body: Static<typeof NAMESPACE>): Definition[] {
  const entries: Definition[] = [
    ...Object.entries(body.properties ?? {}).map(
      ([name, value]) =>
        ({ kind: 'property', name, document: documentOf('property', value) }) as const,
    ),
    ...(body.objects ?? []).map(
      (each) =>
        ({ kind: 'object', name: each.name, document: documentOf('object', each) }) as const,
    ),
    ...(body.tags ?? []).map(({ name }) => ({ kind: 'tag', name, document: {} }) as const),
    ...(body.resource_type_associations ?? []).map(
      (each) =>
        ({
          kind: 'resource_type',
          name: each.name,
          document: documentOf('resource_type', each),
        }) as const,
    ),
  ];
  const seen = new Set<string>();
  for (const { kind, name } of entries) {
    if (seen.has(`${kind} ${name}`)) throw duplicate(kind.replace('_', ' '), name);
    seen.add(`${kind} ${name}`);
  }
  return entries;
}

async function listingOf(
  query: OperationRequest['query'],
  caller: Caller,
  metadefs: MetadefModel,
): Promise<NamespaceListing> {
  const one = (name: string) => query[name]?.at(-1);
  const oneOf = <T extends string>(name: string, allowed: readonly T[]): T | undefined => {
    const value = one(name);
    if (value !== undefined && !(allowed as readonly string[]).includes(value))
      throw badRequest(
        `Invalid ${name}: ${value.slice(0, 60)}. It must be one of the following: ${allowed.join(', ')}.`,
      );
    return value as T | undefined;
  };
  const limit = Math.min(Number(one('limit') ?? DEFAULT_LIMIT), MAXIMUM_LIMIT);
  if (!Number.isInteger(limit) || limit < 0) throw badRequest('limit param must be positive');
  const named = one('marker');
  const marker =
    named === undefined
      ? undefined
      : await namespaceFor('get_metadef_namespace', metadefs, caller, named);
  return {
    caller,
    visibility: oneOf('visibility', ['public', 'private']),
    resourceTypes: one('resource_types')?.split(',').slice(0, 100),
    sort: oneOf('sort_key', SORT_KEYS) ?? 'created_at',
    direction: oneOf('sort_dir', ['asc', 'desc']) ?? 'desc',
    limit,
    marker,
  };
}

function links(target: string, rows: readonly NamespaceRow[], limit: number) {
  const base = '/v2/metadefs/namespaces';
  const query = new URLSearchParams(target.split('?')[1] ?? '');
  query.delete('marker');
  const first = query.size > 0 ? `${base}?${query.toString()}` : base;
  const last = rows.at(-1);
  if (last === undefined || rows.length < limit) return { first };
  query.set('marker', last.namespace);
  return { first, next: `${base}?${query.toString()}` };
}
