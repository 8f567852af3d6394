import type { Caller } from '../../identity/caller.ts';
import { imageNotFound } from '../errors.ts';
import type { MemberModel } from '../members/model.ts';
import { policy, type Target } from '../policy.ts';
import type { ImageRow } from '../tables.ts';
import type { ImageModel } from './model.ts';

export interface ImageModels {
  readonly images: ImageModel;
  readonly members: MemberModel;
}

/** What the policy must know of an image. */
export async function targetOf(
  members: MemberModel,
  caller: Caller,
  row: ImageRow,
): Promise<Target> {
  const { owner, visibility, id } = row;
  const shared =
    visibility === 'shared' &&
    !caller.isAdmin &&
    owner !== caller.projectId &&
    (await members.isMember(id, caller.projectId));
  return { owner, visibility, shared };
}

type Action = Parameters<typeof policy.require>[0];

/**
 * The image, for an action: 404 when the caller may not see it, whoever it belongs to, 403 when it may see it and
 * not do that.
 */
export async function imageFor(
  action: Action,
  { images, members }: ImageModels,
  caller: Caller,
  id: string,
): Promise<ImageRow> {
  const row = await images.find(id);
  if (row === undefined) throw imageNotFound(id);
  const target = await targetOf(members, caller, row);
  if (!policy.allows('get_image', caller, target)) throw imageNotFound(id);
  policy.require(action, caller, target);
  return row;
}
