import { Type } from 'typebox';
import { badRequest, conflict, notFound } from '../../../core/errors.ts';
import { operation, type Operation } from '../../operation.ts';
import type { ComputeContext } from '../context.ts';
import { policy } from '../policy.ts';
import { has } from '../microversions.ts';
import { addAccess, listAccess, removeAccess, requireFlavor } from '../flavors/model.ts';

const Change = Type.Object(
  { tenant: Type.String({ minLength: 1, maxLength: 64 }) },
  { additionalProperties: false },
);

/** Who may use private flavors: https://docs.openstack.org/api-ref/compute/#flavors-access-flavors-os-flavor-access-flavors-action */
export function flavorAccessOperations({ database, identity }: ComputeContext): Operation[] {
  const accessOf = async (id: string) => ({
    flavor_access: (await listAccess(database, id)).map((project) => ({
      flavor_id: id,
      tenant_id: project,
    })),
  });
  return [
    operation({
      name: 'list_flavor_access',
      method: 'GET',
      path: '/v2.1/flavors/{flavor_id}/os-flavor-access',
      summary: 'Projects that may use a private flavor',
      role: policy.role('os-flavor-access'),
      success: 200,
      async handle(request) {
        const flavor = await requireFlavor(database, request.caller, request.params['flavor_id']!);
        if (flavor.isPublic) throw notFound('Access list not available for public flavors.');
        return { body: await accessOf(flavor.id) };
      },
    }),
    operation({
      name: 'change_flavor_access',
      method: 'POST',
      path: '/v2.1/flavors/{flavor_id}/action',
      summary: 'Let a project use a private flavor, or no longer',
      role: policy.role('os-flavor-access:change'),
      success: 200,
      body: Type.Object(
        { addTenantAccess: Type.Optional(Change), removeTenantAccess: Type.Optional(Change) },
        { minProperties: 1, maxProperties: 1, additionalProperties: false },
      ),
      async handle(request) {
        const flavor = await requireFlavor(database, request.caller, request.params['flavor_id']!);
        const { addTenantAccess: add, removeTenantAccess: remove } = request.body;
        const project = (add ?? remove)!.tenant;
        if (!(await identity.projectExists(project)))
          throw badRequest(`Project ID ${project} is not a valid project.`);
        if (add) {
          if (flavor.isPublic && has(request.microversion, 'flavorAccessOfPublicIsConflict'))
            throw conflict('Can not add access to a public flavor.');
          if (!(await addAccess(database, flavor.id, project)))
            throw conflict(
              `Flavor access already exists for flavor ${flavor.id} and project ${project} combination.`,
            );
        } else if (!(await removeAccess(database, flavor.id, project)))
          throw notFound(`Flavor access not found for ${flavor.id} / ${project} combination.`);
        return { body: await accessOf(flavor.id) };
      },
    }),
  ];
}
