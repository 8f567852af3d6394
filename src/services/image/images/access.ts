import type { Caller } from '../../identity/caller.ts';
import { imageNotFound } from '../errors.ts';
import type { MemberModel } from '../members/model.ts';
import type { ImageRow } from '../tables.ts';
import type { ImageModel } from './model.ts';
import { isVisible } from './rules.ts';

export interface ImageModels {
  readonly images: ImageModel;
  readonly members: MemberModel;
}

/** The image when the caller may see it; 404 otherwise, whoever it belongs to. */
export async function visibleImage(
  { images, members }: ImageModels,
  caller: Caller,
  id: string,
): Promise<ImageRow> {
  const row = await images.find(id);
  if (row === undefined) throw imageNotFound(id);
  const shared = row.visibility === 'shared' && (await members.isMember(id, caller.projectId));
  if (!isVisible(row, caller, shared)) throw imageNotFound(id);
  return row;
}
