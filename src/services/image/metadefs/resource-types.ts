import { notFound } from '../../../core/errors.ts';
import { operation, type Operation } from '../../operation.ts';
import { policy } from '../policy.ts';
import { documentOf, duplicate, namespaceFor } from './access.ts';
import type { MetadefModel } from './model.ts';
import { ASSOCIATION } from './schema.ts';
import { viewAssociation, viewResourceType } from './view.ts';

/** Kinds of resources, and which namespaces are about them. */
export function resourceTypeOperations(metadefs: MetadefModel): Operation[] {
  const collection = '/v2/metadefs/namespaces/{namespace_name}/resource_types';
  return [
    operation({
      name: 'get_metadef_resource_types',
      method: 'GET',
      path: '/v2/metadefs/resource_types',
      summary: 'List the resource types that there can be definitions for',
      role: policy.role('get_metadef_namespace'),
      success: 200,
      handle: async () => ({
        body: { resource_types: (await metadefs.resourceTypes()).map(viewResourceType) },
      }),
    }),
    operation({
      name: 'get_metadef_resource_type_associations',
      method: 'GET',
      path: collection,
      summary: 'List the resource types that a namespace is about',
      role: policy.role('get_metadef_namespace'),
      success: 200,
      async handle({ params, caller }) {
        const namespace = params['namespace_name']!;
        await namespaceFor('get_metadef_namespace', metadefs, caller, namespace);
        const rows = await metadefs.definitions([namespace], 'resource_type');
        return { body: { resource_type_associations: rows.map(viewAssociation) } };
      },
    }),
    operation({
      name: 'add_metadef_resource_type_association',
      method: 'POST',
      path: collection,
      summary: 'Say that a namespace is about a resource type',
      role: policy.role('modify_metadef_namespace'),
      success: 201,
      body: ASSOCIATION,
      async handle({ params, body, caller }) {
        const namespace = params['namespace_name']!;
        await namespaceFor('modify_metadef_namespace', metadefs, caller, namespace);
        const rows = await metadefs.add(namespace, [
          { kind: 'resource_type', name: body.name, document: documentOf('resource_type', body) },
        ]);
        if (rows === undefined) throw duplicate('resource type association', body.name);
        return { body: viewAssociation(rows[0]!) };
      },
    }),
    operation({
      name: 'remove_metadef_resource_type_association',
      method: 'DELETE',
      path: `${collection}/{name}`,
      summary: 'Take a resource type off a namespace',
      role: policy.role('modify_metadef_namespace'),
      success: 204,
      async handle({ params, caller }) {
        const namespace = params['namespace_name']!;
        const name = params['name']!;
        await namespaceFor('modify_metadef_namespace', metadefs, caller, namespace);
        if ((await metadefs.removeDefinitions(namespace, 'resource_type', name)) === 0)
          throw notFound(
            `The metadata definition resource-type association of resource-type=${name.slice(0, 80)} to namespace=${namespace} was not found.`,
          );
        return {};
      },
    }),
  ];
}
