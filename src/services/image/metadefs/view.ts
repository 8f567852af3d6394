import { isoSeconds } from '../../../core/time.ts';
import type { DefinitionRow, NamespaceRow, ResourceTypeRow } from './tables.ts';

const times = (row: { readonly created_at: Date; readonly updated_at: Date }) => ({
  created_at: isoSeconds(row.created_at),
  updated_at: isoSeconds(row.updated_at),
});

/** Where a namespace is. */
export const pathOf = (namespace: string): string => `/v2/metadefs/namespaces/${namespace}`;

/** What is null is not printed. */
const present = (value: Readonly<Record<string, unknown>>): Record<string, unknown> =>
  Object.fromEntries(Object.entries(value).filter(([, each]) => each !== null));

export const viewObject = (row: DefinitionRow): Record<string, unknown> => ({
  required: [],
  properties: {},
  ...row.document,
  name: row.name,
  ...times(row),
  self: `${pathOf(row.namespace)}/objects/${row.name}`,
  schema: '/v2/schemas/metadefs/object',
});

export const viewProperty = (row: DefinitionRow): Record<string, unknown> => ({
  ...row.document,
  name: row.name,
});

export const viewTag = (row: DefinitionRow): Record<string, unknown> => ({
  name: row.name,
  ...times(row),
});

export const viewAssociation = (row: DefinitionRow): Record<string, unknown> => ({
  ...row.document,
  name: row.name,
  ...times(row),
});

export const viewResourceType = (row: ResourceTypeRow): Record<string, unknown> => ({
  name: row.name,
  ...times(row),
});

/** An association within its namespace: without its times. */
const briefly = (row: DefinitionRow) => ({ name: row.name, ...row.document });

/** A namespace as the list has it, with its associations. */
export const viewNamespaceBriefly = (
  row: NamespaceRow,
  definitions: readonly DefinitionRow[],
): Record<string, unknown> => {
  const associations = definitions.filter(({ kind }) => kind === 'resource_type');
  return {
    ...present({
      namespace: row.namespace,
      display_name: row.display_name,
      description: row.description,
      visibility: row.visibility,
      protected: row.protected,
      owner: row.owner,
    }),
    ...times(row),
    ...(associations.length > 0 ? { resource_type_associations: associations.map(briefly) } : {}),
    self: pathOf(row.namespace),
    schema: '/v2/schemas/metadefs/namespace',
  };
};

/** A namespace with all that is in it. `prefix`: what its properties begin with for the resource type asked about. */
export function viewNamespace(
  row: NamespaceRow,
  definitions: readonly DefinitionRow[],
  prefix = '',
): Record<string, unknown> {
  const of = (wanted: DefinitionRow['kind']) => definitions.filter(({ kind }) => kind === wanted);
  const prefixed = (name: string) => `${prefix}${name}`;
  const objects = of('object').map((each) => {
    const view = viewObject(each);
    const properties = Object.entries(view['properties'] as object);
    return {
      ...view,
      required: (view['required'] as string[]).map(prefixed),
      properties: Object.fromEntries(properties.map(([name, value]) => [prefixed(name), value])),
    };
  });
  const properties = of('property').map((each) => [prefixed(each.name), each.document]);
  const tags = of('tag').map(({ name }) => ({ name }));
  return {
    ...viewNamespaceBriefly(row, definitions),
    ...(objects.length > 0 ? { objects } : {}),
    ...(properties.length > 0 ? { properties: Object.fromEntries(properties) } : {}),
    ...(tags.length > 0 ? { tags } : {}),
  };
}
