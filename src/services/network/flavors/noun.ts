import { sql } from 'kysely';
import type { Attributes } from '../attributes/attribute.ts';
import { boolean, computed, oneOf, text, uuid } from '../attributes/types.ts';
import type { Noun } from '../collections/noun.ts';

/** A flavor as it is read. */
export interface FlavorRow {
  readonly id: string;
  /** Flavors belong to the cloud. */
  readonly project_id: '';
  readonly name: string;
  readonly description: string;
  readonly service_type: string;
  readonly enabled: boolean;
  readonly service_profiles: string[];
}

const attributes = {
  id: { type: uuid, column: 'id' },
  name: { type: text(255), post: true, put: true, initial: '', column: 'name' },
  description: { type: text(255), post: true, put: true, initial: '', column: 'description' },
  // The service whose providers can be chosen from: routers are the only one here.
  service_type: {
    type: oneOf('L3_ROUTER_NAT', 'FLAVORS'),
    post: true,
    required: true,
    column: 'service_type',
  },
  enabled: { type: boolean, post: true, put: true, initial: true, column: 'enabled' },
  service_profiles: { type: computed('ids of its service profiles') },
} satisfies Attributes;

/** Flavors of network services (api-ref: networking flavors framework): which implementation a tenant may name. */
export const flavorNoun: Noun<FlavorRow> = {
  singular: 'flavor',
  plural: 'flavors',
  title: 'Flavor',
  path: '/v2.0/flavors',
  parameter: 'flavor_id',
  table: 'network.flavors',
  attributes,
  columns: sql`o.*, '' as project_id, array(select p.service_profile_id from network.flavor_profiles p
    where p.flavor_id = o.id order by p.service_profile_id) as service_profiles`,
  visible: () => sql<boolean>`true`,
  view: ({ id, name, description, service_type, enabled, service_profiles }) => ({
    id,
    name,
    description,
    service_type,
    enabled,
    service_profiles,
  }),
};
