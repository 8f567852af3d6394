import type { ColumnType, Generated, Selectable } from 'kysely';

/** `image.namespaces`: catalogues of names that metadata of images, flavors and the like may have. */
export interface NamespacesTable {
  namespace: string;
  display_name: string | null;
  description: string | null;
  visibility: 'public' | 'private';
  protected: boolean;
  /** Project. */
  owner: string | null;
  created_at: Generated<Date>;
  updated_at: Generated<Date>;
}

export type NamespaceRow = Selectable<NamespacesTable>;

/** What a namespace holds. */
export const KINDS = ['object', 'property', 'tag', 'resource_type'] as const;
export type Kind = (typeof KINDS)[number];

/** What is said of an entry beside its name, in the words of the API. */
export type Document = Readonly<Record<string, unknown>>;

/** `image.definitions`: the entries of namespaces. */
export interface DefinitionsTable {
  namespace: string;
  kind: Kind;
  name: string;
  document: ColumnType<Document, string, string>;
  created_at: Generated<Date>;
  updated_at: Generated<Date>;
}

export type DefinitionRow = Selectable<DefinitionsTable>;

/** `image.resource_types`: kinds of resources that there can be definitions for. */
export interface ResourceTypesTable {
  name: string;
  protected: Generated<boolean>;
  created_at: Generated<Date>;
  updated_at: Generated<Date>;
}

export type ResourceTypeRow = Selectable<ResourceTypesTable>;

export type MetadefTables = {
  'image.namespaces': NamespacesTable;
  'image.definitions': DefinitionsTable;
  'image.resource_types': ResourceTypesTable;
};
