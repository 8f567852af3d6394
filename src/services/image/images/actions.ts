import { forbidden } from '../../../core/errors.ts';
import { operation, type Operation } from '../../operation.ts';
import { policy } from '../policy.ts';
import { imageFor, type ImageModels } from './access.ts';

/** Taking an image out of use and back. */
export function actionOperations(models: ImageModels): Operation[] {
  const { images } = models;
  const move = (
    name: 'deactivate' | 'reactivate',
    from: 'active' | 'deactivated',
    to: 'active' | 'deactivated',
  ) =>
    operation({
      name,
      method: 'POST',
      path: `/v2/images/{image_id}/actions/${name}`,
      summary: `Make an ${from} image ${to}`,
      role: policy.role(name),
      success: 204,
      bodyKind: 'none',
      async handle({ params, caller }) {
        const row = await imageFor(name, models, caller, params['image_id']!);
        if (row.status === to || (await images.moveStatus(row.id, from, to))) return {};
        throw forbidden(
          `Not allowed to ${name} image in status '${row.status}': only ${from} ones can be.`,
        );
      },
    });
  return [move('deactivate', 'active', 'deactivated'), move('reactivate', 'deactivated', 'active')];
}
