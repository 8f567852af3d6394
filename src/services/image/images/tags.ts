import { notFound } from '../../../core/errors.ts';
import { operation, type Operation } from '../../operation.ts';
import { policy } from '../policy.ts';
import { imageFor, type ImageModels } from './access.ts';
import { checkLimits, checkTag } from './rules.ts';

/** One tag of an image at a time. */
export function tagOperations(models: ImageModels): Operation[] {
  const { images } = models;
  const path = '/v2/images/{image_id}/tags/{tag}';
  return [
    operation({
      name: 'add_tag',
      method: 'PUT',
      path,
      summary: 'Add a tag',
      role: policy.role('modify_image'),
      success: 204,
      bodyKind: 'none',
      async handle({ params, caller }) {
        const row = await imageFor('modify_image', models, caller, params['image_id']!);
        const tag = checkTag(params['tag']!);
        checkLimits(0, [...new Set([...row.tags, tag])]);
        await images.addTag(row.id, tag);
        return {};
      },
    }),
    operation({
      name: 'delete_tag',
      method: 'DELETE',
      path,
      summary: 'Remove a tag',
      role: policy.role('modify_image'),
      success: 204,
      async handle({ params, caller }) {
        const row = await imageFor('modify_image', models, caller, params['image_id']!);
        const tag = params['tag']!;
        if (!(await images.removeTag(row.id, tag)))
          throw notFound(`Image ${row.id} has no tag ${tag.slice(0, 255)}.`);
        return {};
      },
    }),
  ];
}
