import { Type } from 'typebox';
import { hashForShadow } from '../../../core/crypt.ts';
import { badRequest } from '../../../core/errors.ts';
import { imageRefusal } from '../scheduler/image-filters.ts';
import type { RescueFrom } from '../tables.ts';
import type { Action } from './actions.ts';
import type { Server, ServerChange } from './model.ts';
import { Nothing } from './nothing.ts';
import { newPassword } from './rules.ts';
import { findImage, hostsViewOf } from './wish.ts';

/** Ends a rescue, if there is one: the server starts from its own disk again. */
export const withoutRescue = (server: Pick<Server, 'rescue' | 'generation'>): ServerChange =>
  server.rescue === null ? {} : { rescue: null, generation: server.generation + 1 };

/**
 * Has a server run from another image (default: its own) to repair what is on its disk, which it finds beside. Its ports,
 * id and resources stay.
 */
export const rescue: Action = {
  summary: 'Start a server from another image, with its own disk beside, to repair it',
  schema: Type.Union([
    Type.Null(),
    Type.Object(
      {
        adminPass: Type.Optional(Type.String({ minLength: 1, maxLength: 255 })),
        rescue_image_ref: Type.Optional(Type.String({ format: 'uuid' })),
      },
      { additionalProperties: false },
    ),
  ]),
  name: 'rescue',
  capability: 'rescue',
  vmStates: () => ['active', 'stopped', 'error'],
  event: 'compute_rescue_instance',
  carriedOutByHost: true,
  async apply({ context, request, server, argument, answer }) {
    const given = (argument ?? {}) as { adminPass?: string; rescue_image_ref?: string };
    const { live } = context.hosts;
    const host = live(server.host ?? '');
    const found = await findImage(
      context,
      request,
      given.rescue_image_ref ?? server.image_id,
      server.flavor,
    );
    const image = hostsViewOf(found);
    const refusal = host && imageRefusal(host, image, found.properties);
    if (refusal !== undefined)
      throw badRequest(`Image ${found.id} is unacceptable for server ${server.id}: ${refusal}.`);
    const password = given.adminPass ?? newPassword();
    answer({ status: 200, body: { adminPass: password } });
    const generation = server.generation + 1;
    const passwordHash = hashForShadow(password);
    const from: RescueFrom = { id: found.id, image, passwordHash, generation };
    return {
      task_state: 'rescuing',
      power: 'running',
      generation,
      reboot_kind: 'soft',
      rescue: JSON.stringify(from),
      fault: null,
    };
  },
};

export const unrescue: Action = {
  summary: 'Start a rescued server from its own disk again',
  schema: Nothing,
  name: 'unrescue',
  vmStates: () => ['rescued'],
  event: 'compute_unrescue_instance',
  carriedOutByHost: true,
  apply: ({ server }) => ({
    ...withoutRescue(server),
    task_state: 'unrescuing',
    power: 'running',
    generation: server.generation + 1,
    reboot_kind: 'soft',
  }),
};
