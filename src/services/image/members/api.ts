import { Type } from 'typebox';
import { conflict, Fault, forbidden, notFound } from '../../../core/errors.ts';
import { isoSeconds } from '../../../core/time.ts';
import type { Caller } from '../../identity/caller.ts';
import { operation, type Operation } from '../../operation.ts';
import type { ImageContext } from '../context.ts';
import { imageFor } from '../images/access.ts';
import { policy } from '../policy.ts';
import { MEMBER_STATUSES, type ImageRow, type MemberRow } from '../tables.ts';

const view = (row: MemberRow) => ({
  image_id: row.image_id,
  member_id: row.member,
  status: row.status,
  created_at: isoSeconds(row.created_at),
  updated_at: isoSeconds(row.updated_at),
  schema: '/v2/schemas/member',
});

const mustBeShared = (image: ImageRow): void => {
  if (image.visibility !== 'shared') {
    throw forbidden(
      `Only shared images have members, and image ${image.id} is ${image.visibility}: set its visibility to shared first.`,
    );
  }
};

const MEMBER = Type.Object({ member: Type.String({ minLength: 1, maxLength: 255 }) });
const STATUS = Type.Object({
  status: Type.Union(MEMBER_STATUSES.map((status) => Type.Literal(status))),
});
/** Sharing an image with other projects. */
export function memberOperations(models: ImageContext): Operation[] {
  const { members, options } = models;
  const collection = '/v2/images/{image_id}/members';
  const item = `${collection}/{member_id}`;
  const memberNotFound = (id: string, image: string) =>
    notFound(`${id} not found in the member list of the image ${image}.`);
  /** Owners see every member, members themselves. */
  const visibleMember = async (image: ImageRow, caller: Caller, id: string): Promise<MemberRow> => {
    const row = policy.allows('get_member', caller, { owner: image.owner, member: id })
      ? await members.find(image.id, id)
      : undefined;
    if (row === undefined) throw memberNotFound(id, image.id);
    return row;
  };
  return [
    operation({
      name: 'add_member',
      method: 'POST',
      path: collection,
      summary: 'Share an image with a project',
      role: policy.role('add_member'),
      success: 200,
      body: MEMBER,
      async handle({ params, body, caller }) {
        const image = await imageFor('add_member', models, caller, params['image_id']!);
        mustBeShared(image);
        if ((await members.list(image.id)).length >= options.image_member_quota) {
          throw new Fault(
            'tooLarge',
            `An image is shared with at most ${options.image_member_quota} projects.`,
          );
        }
        const row = await members.add(image.id, body.member);
        if (row === undefined)
          throw conflict(`Member ${body.member} is duplicated for image ${image.id}`);
        return { body: view(row) };
      },
    }),
    operation({
      name: 'get_members',
      method: 'GET',
      path: collection,
      summary: 'List the projects that an image is shared with',
      role: policy.role('get_members'),
      success: 200,
      async handle({ params, caller }) {
        const image = await imageFor('get_members', models, caller, params['image_id']!);
        mustBeShared(image);
        const seen = (await members.list(image.id)).filter(({ member }) =>
          policy.allows('get_member', caller, { owner: image.owner, member }),
        );
        return { body: { members: seen.map(view), schema: '/v2/schemas/members' } };
      },
    }),
    operation({
      name: 'get_member',
      method: 'GET',
      path: item,
      summary: 'Show one sharing',
      role: policy.role('get_member'),
      success: 200,
      async handle({ params, caller }) {
        const image = await imageFor('get_image', models, caller, params['image_id']!);
        return { body: view(await visibleMember(image, caller, params['member_id']!)) };
      },
    }),
    operation({
      name: 'modify_member',
      method: 'PUT',
      path: item,
      summary: 'Accept or reject a shared image',
      role: policy.role('modify_member'),
      success: 200,
      body: STATUS,
      async handle({ params, body, caller }) {
        const image = await imageFor('get_image', models, caller, params['image_id']!);
        const id = params['member_id']!;
        await visibleMember(image, caller, id);
        policy.require(
          'modify_member',
          caller,
          { member: id },
          'Only the project that an image is shared with may accept or reject it.',
        );
        const row = await members.setStatus(image.id, id, body.status);
        if (row === undefined) throw memberNotFound(id, image.id);
        return { body: view(row) };
      },
    }),
    operation({
      name: 'delete_member',
      method: 'DELETE',
      path: item,
      summary: 'Stop sharing an image with a project',
      role: policy.role('delete_member'),
      success: 204,
      async handle({ params, caller }) {
        const image = await imageFor('delete_member', models, caller, params['image_id']!);
        if (!(await members.remove(image.id, params['member_id']!)))
          throw memberNotFound(params['member_id']!, image.id);
        return {};
      },
    }),
  ];
}
