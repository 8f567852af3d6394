import { sql } from 'kysely';
import { Type } from 'typebox';
import { conflict, notFound } from '../../../core/errors.ts';
import { isUuid } from '../../../core/ids.ts';
import { operation, type Operation } from '../../operation.ts';
import { unwrap } from '../attributes/body.ts';
import { find, findOwned } from '../collections/noun.ts';
import type { Room } from '../collections/operations.ts';
import { serviceProfileNoun } from '../service_profiles/noun.ts';
import { flavorNoun } from './noun.ts';

const PATH = '/v2.0/flavors/{flavor_id}/service_profiles';

/** Which profiles a flavor has. */
export const flavorOperations = (room: Room): Operation[] => [
  operation({
    name: 'create_flavor_service_profile',
    method: 'POST',
    path: PATH,
    summary: 'Give a flavor a service profile',
    role: 'admin',
    success: 201,
    body: Type.Unknown({ properties: { service_profile: { properties: { id: uuidSchema() } } } }),
    handle: async ({ caller, params, body }) => {
      const id = String(unwrap(body, 'service_profile')['id']);
      return room.commit(async ({ transaction }) => {
        const flavor = await findOwned(
          transaction,
          flavorNoun,
          caller,
          params['flavor_id']!,
          'create_flavor_service_profile',
        );
        const profile = await find(transaction, serviceProfileNoun, caller, id);
        if (flavor.service_profiles.includes(profile.id)) {
          throw conflict(
            `Service Profile ${profile.id} is already associated with flavor ${flavor.id}.`,
            'FlavorServiceProfileBindingExists',
          );
        }
        await sql`insert into network.flavor_profiles values (${flavor.id}, ${profile.id})`.execute(
          transaction,
        );
        return { body: { service_profile: { id: profile.id } } };
      });
    },
  }),
  operation({
    name: 'delete_flavor_service_profile',
    method: 'DELETE',
    path: `${PATH}/{profile_id}`,
    summary: 'Take a service profile away from a flavor',
    role: 'admin',
    success: 204,
    handle: async ({ caller, params }) =>
      room.commit(async ({ transaction }) => {
        const flavor = await findOwned(
          transaction,
          flavorNoun,
          caller,
          params['flavor_id']!,
          'delete_flavor_service_profile',
        );
        const id = params['profile_id']!;
        if (!isUuid(id) || !flavor.service_profiles.includes(id)) {
          throw notFound(
            `Service Profile ${id.slice(0, 100)} is not associated with flavor ${flavor.id}.`,
            'FlavorServiceProfileBindingNotFound',
          );
        }
        await sql`delete from network.flavor_profiles
          where flavor_id = ${flavor.id} and service_profile_id = ${id}`.execute(transaction);
        return {};
      }),
  }),
];

const uuidSchema = () => Type.String({ description: 'Id of the service profile' });
