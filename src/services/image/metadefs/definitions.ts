import type { Static, TSchema } from 'typebox';
import { notFound } from '../../../core/errors.ts';
import { operation, type Operation } from '../../operation.ts';
import { policy } from '../policy.ts';
import { checkWritable, documentOf, duplicate, namespaceFor } from './access.ts';
import type { MetadefModel } from './model.ts';
import { OBJECT, PROPERTY, TAG, TAGS } from './schema.ts';
import type { DefinitionRow } from './tables.ts';
import { viewObject, viewProperty, viewTag } from './view.ts';

/** One kind of entries, as the API has it. */
interface Noun {
  readonly kind: 'object' | 'property' | 'tag';
  readonly plural: string;
  readonly body: TSchema;
  view(row: DefinitionRow): Record<string, unknown>;
  /** The document of the list. */
  list(rows: readonly DefinitionRow[]): Record<string, unknown>;
}

const NOUNS: readonly Noun[] = [
  {
    kind: 'object',
    plural: 'objects',
    body: OBJECT,
    view: viewObject,
    list: (rows) => ({
      objects: rows.map(viewObject),
      first: rows[0] && `/v2/metadefs/namespaces/${rows[0].namespace}/objects`,
      schema: '/v2/schemas/metadefs/objects',
    }),
  },
  {
    kind: 'property',
    plural: 'properties',
    body: PROPERTY,
    view: viewProperty,
    list: (rows) => ({
      properties: Object.fromEntries(rows.map((row) => [row.name, viewProperty(row)])),
    }),
  },
  {
    kind: 'tag',
    plural: 'tags',
    body: TAG,
    view: viewTag,
    list: (rows) => ({
      tags: rows.map(viewTag),
      first: rows[0] && `/v2/metadefs/namespaces/${rows[0].namespace}/tags`,
      schema: '/v2/schemas/metadefs/tags',
    }),
  },
];

interface Named {
  readonly name: string;
  readonly [more: string]: unknown;
}

/** What namespaces hold: objects, properties and tags. */
export function definitionOperations(metadefs: MetadefModel): Operation[] {
  return [...NOUNS.flatMap((noun) => operationsOf(noun, metadefs)), createTag(metadefs), createTags(metadefs)]; // prettier-ignore
}

function operationsOf(
  { kind, plural, body, view, list }: Noun,
  metadefs: MetadefModel,
): Operation[] {
  const collection = `/v2/metadefs/namespaces/{namespace_name}/${plural}`;
  const item = `${collection}/{${kind}_name}`;
  const gone = (namespace: string, name: string) =>
    notFound(
      `The metadata definition ${kind} with name=${name.slice(0, 80)} was not found in namespace=${namespace}.`,
    );
  /** The name that an entry has in the namespace, without the prefix of the resource type asked about. */
  const plain = async (namespace: string, name: string, resourceType: string | undefined) => {
    if (kind !== 'property' || resourceType === undefined) return name;
    const association = await metadefs.definition(namespace, 'resource_type', resourceType);
    const prefix = (association?.document['prefix'] as string | undefined) ?? '';
    if (!name.startsWith(prefix)) throw gone(namespace, name);
    return name.slice(prefix.length);
  };
  const operations = [
    operation({
      name: `get_metadef_${plural}`,
      method: 'GET',
      path: collection,
      summary: `List the ${plural} of a namespace`,
      role: policy.role('get_metadef_namespace'),
      success: 200,
      async handle({ params, caller }) {
        const namespace = params['namespace_name']!;
        await namespaceFor('get_metadef_namespace', metadefs, caller, namespace);
        return { body: list(await metadefs.definitions([namespace], kind)) };
      },
    }),
    operation({
      name: `get_metadef_${kind}`,
      method: 'GET',
      path: item,
      summary: `Show the ${kind} of that name`,
      role: policy.role('get_metadef_namespace'),
      success: 200,
      async handle({ params, query, caller }) {
        const namespace = params['namespace_name']!;
        const name = params[`${kind}_name`]!;
        await namespaceFor('get_metadef_namespace', metadefs, caller, namespace);
        const within = await plain(namespace, name, query['resource_type']?.at(-1));
        const row = await metadefs.definition(namespace, kind, within);
        if (row === undefined) throw gone(namespace, name);
        return { body: { ...view(row), name } };
      },
    }),
    operation({
      name: `modify_metadef_${kind}`,
      method: 'PUT',
      path: item,
      summary: `Change the ${kind} of that name`,
      role: policy.role('modify_metadef_namespace'),
      success: 200,
      body,
      async handle({ params, body: given, caller }) {
        checkWritable(given as object);
        const namespace = params['namespace_name']!;
        const name = params[`${kind}_name`]!;
        await namespaceFor('modify_metadef_namespace', metadefs, caller, namespace);
        const wanted = given as Named;
        const row = await metadefs.changeDefinition(namespace, name, {
          kind,
          name: wanted.name,
          document: documentOf(kind, wanted),
        });
        if (row === undefined) throw gone(namespace, name);
        if (row === 'taken') throw duplicate(kind, wanted.name);
        return { body: view(row) };
      },
    }),
    operation({
      name: `delete_metadef_${kind}`,
      method: 'DELETE',
      path: item,
      summary: `Delete the ${kind} of that name`,
      role: policy.role('modify_metadef_namespace'),
      success: 204,
      async handle({ params, caller }) {
        const namespace = params['namespace_name']!;
        const name = params[`${kind}_name`]!;
        await namespaceFor('modify_metadef_namespace', metadefs, caller, namespace);
        if ((await metadefs.removeDefinitions(namespace, kind, name)) === 0)
          throw gone(namespace, name);
        return {};
      },
    }),
    operation({
      name: `delete_metadef_${plural}`,
      method: 'DELETE',
      path: collection,
      summary: `Delete all ${plural} of a namespace`,
      role: policy.role('modify_metadef_namespace'),
      success: 204,
      async handle({ params, caller }) {
        const namespace = params['namespace_name']!;
        await namespaceFor('modify_metadef_namespace', metadefs, caller, namespace);
        await metadefs.removeDefinitions(namespace, kind);
        return {};
      },
    }),
  ];
  if (kind === 'tag') return operations;
  const create = operation({
    name: `add_metadef_${kind}`,
    method: 'POST',
    path: collection,
    summary: `Add one of the ${plural} of a namespace`,
    role: policy.role('modify_metadef_namespace'),
    success: 201,
    body,
    async handle({ params, body: given, caller }) {
      checkWritable(given as object);
      const namespace = params['namespace_name']!;
      await namespaceFor('modify_metadef_namespace', metadefs, caller, namespace);
      const wanted = given as Named;
      const rows = await metadefs.add(namespace, [
        { kind, name: wanted.name, document: documentOf(kind, wanted) },
      ]);
      if (rows === undefined) throw duplicate(kind, wanted.name);
      return { body: view(rows[0]!) };
    },
  });
  return [...operations, create];
}

/** A tag is made by its name in the path. */
const createTag = (metadefs: MetadefModel): Operation =>
  operation({
    name: 'add_metadef_tag',
    method: 'POST',
    path: '/v2/metadefs/namespaces/{namespace_name}/tags/{tag_name}',
    summary: 'Add a tag to a namespace',
    role: policy.role('modify_metadef_namespace'),
    success: 201,
    bodyKind: 'none',
    async handle({ params, caller }) {
      const namespace = params['namespace_name']!;
      const name = params['tag_name']!.slice(0, 80);
      await namespaceFor('modify_metadef_namespace', metadefs, caller, namespace);
      const rows = await metadefs.add(namespace, [{ kind: 'tag', name, document: {} }]);
      if (rows === undefined) throw duplicate('tag', name);
      return { body: viewTag(rows[0]!) };
    },
  });

/** Many tags in place of those that there were, or beside them. */
const createTags = (metadefs: MetadefModel): Operation =>
  operation({
    name: 'add_metadef_tags',
    method: 'POST',
    path: '/v2/metadefs/namespaces/{namespace_name}/tags',
    summary: 'Set the tags of a namespace; X-Openstack-Append: true adds to them',
    role: policy.role('modify_metadef_namespace'),
    success: 201,
    body: TAGS,
    async handle({ params, body, caller, headers }) {
      const namespace = params['namespace_name']!;
      await namespaceFor('modify_metadef_namespace', metadefs, caller, namespace);
      const { tags } = body as Static<typeof TAGS>;
      const append = headers['x-openstack-append']?.toLowerCase() === 'true';
      const twice = tags.find(({ name }, index) => tags.findIndex((each) => each.name === name) < index); // prettier-ignore
      if (twice !== undefined) throw duplicate('tag', twice.name);
      const rows = await metadefs.add(
        namespace,
        tags.map(({ name }) => ({ kind: 'tag', name, document: {} })),
        append ? undefined : 'tag',
      );
      if (rows === undefined) throw duplicate('tag', tags.map(({ name }) => name).join(', '));
      return { body: { tags: rows.map(({ name }) => ({ name })) } };
    },
  });
