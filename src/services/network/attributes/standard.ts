import { sql, type Generated } from 'kysely';
import { isoSeconds } from '../../../core/time.ts';
import type { Attributes } from './attribute.ts';
import { computed, integer, listOf, text, time, uuid } from './types.ts';

/** What every row has, as it is read. */
export interface StandardRow {
  readonly id: string;
  readonly project_id: string;
  readonly name: string;
  readonly description: string;
  readonly tags: string[];
  readonly revision_number: number;
  readonly created_at: Date;
  readonly updated_at: Date;
}

/** The same as columns of its table. */
export interface StandardColumns {
  id: string;
  project_id: string;
  name: Generated<string>;
  description: Generated<string>;
  tags: Generated<string[]>;
  revision_number: Generated<number>;
  created_at: Generated<Date>;
  updated_at: Generated<Date>;
}

const words = (values: readonly string[]): string[] => values.flatMap((value) => value.split(','));

const project = {
  type: text(255),
  post: true,
  column: 'project_id',
} as const;

/** The attributes that Neutron gives every resource, and the tag filters, which are no attributes. */
export const standardAttributes = {
  id: { type: uuid, column: 'id' },
  tenant_id: project,
  project_id: project,
  name: { type: text(255), post: true, put: true, initial: '', column: 'name' },
  description: { type: text(255), post: true, put: true, initial: '', column: 'description' },
  created_at: { type: time, column: 'created_at' },
  updated_at: { type: time, column: 'updated_at' },
  revision_number: { type: integer(0, 2 ** 31 - 1), column: 'revision_number' },
  tags: {
    type: listOf(text(255), 50),
    filter: (values) => sql<boolean>`o.tags @> ${words(values)}::text[]`,
  },
} as const satisfies Attributes;

/** Filters by tags beside `tags` itself (all of them): any, not all, none. */
export const tagFilters: Attributes = {
  'tags-any': {
    type: computed('filter'),
    filter: (values) => sql<boolean>`o.tags && ${words(values)}::text[]`,
  },
  'not-tags': {
    type: computed('filter'),
    filter: (values) => sql<boolean>`not o.tags @> ${words(values)}::text[]`,
  },
  'not-tags-any': {
    type: computed('filter'),
    filter: (values) => sql<boolean>`not o.tags && ${words(values)}::text[]`,
  },
};

/** The standard attributes of a document. */
export const standardView = (row: StandardRow) => ({
  id: row.id,
  name: row.name,
  tenant_id: row.project_id,
  project_id: row.project_id,
  description: row.description,
  tags: row.tags,
  created_at: isoSeconds(row.created_at),
  updated_at: isoSeconds(row.updated_at),
  revision_number: row.revision_number,
});

/** Columns of a row at its creation, from the values of a request. */
export const standardColumns = (values: {
  id?: string;
  project_id: string;
  name?: string;
  description?: string;
}) => ({
  ...(values.id === undefined ? {} : { id: values.id }),
  project_id: values.project_id,
  name: values.name ?? '',
  description: values.description ?? '',
});
