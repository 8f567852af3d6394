import { sql } from 'kysely';
import type { Attributes } from '../attributes/attribute.ts';
import { boolean, text, uuid } from '../attributes/types.ts';
import type { Noun } from '../collections/noun.ts';

/** A service profile as it is read. */
export interface ServiceProfileRow {
  readonly id: string;
  /** Profiles belong to the cloud. */
  readonly project_id: '';
  readonly description: string;
  readonly driver: string;
  readonly enabled: boolean;
  readonly metainfo: string;
}

const attributes = {
  id: { type: uuid, column: 'id' },
  description: { type: text(255), post: true, put: true, initial: '', column: 'description' },
  driver: { type: text(1024), post: true, put: true, initial: '', column: 'driver' },
  enabled: { type: boolean, post: true, put: true, initial: true, column: 'enabled' },
  metainfo: { type: text(4096), post: true, put: true, initial: '', column: 'metainfo' },
} satisfies Attributes;

/** Profiles say which driver, with which settings, a flavor stands for; only administrators see them. */
export const serviceProfileNoun: Noun<ServiceProfileRow> = {
  singular: 'service_profile',
  plural: 'service_profiles',
  title: 'Service Profile',
  path: '/v2.0/service_profiles',
  parameter: 'profile_id',
  table: 'network.service_profiles',
  attributes,
  columns: sql`o.*, '' as project_id`,
  visible: () => sql<boolean>`false`,
  view: ({ id, description, driver, enabled, metainfo }) => ({
    id,
    description,
    driver,
    enabled,
    metainfo,
  }),
};
