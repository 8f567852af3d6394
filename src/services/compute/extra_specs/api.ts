import { Type } from 'typebox';
import { badRequest, notFound } from '../../../core/errors.ts';
import {
  operation,
  type Microversion,
  type Operation,
  type OperationRequest,
} from '../../operation.ts';
import type { ComputeContext } from '../context.ts';
import { policy } from '../policy.ts';
import { deleteExtraSpec, mergeExtraSpecs, requireFlavor } from '../flavors/model.ts';
import { has } from '../microversions.ts';
import { validateSpec } from './validate.ts';

const KEY = /^[a-zA-Z0-9\-_:. ]{1,255}$/;
const Value = Type.Union([Type.String({ maxLength: 255 }), Type.Number()]);

function specsOf(
  given: Readonly<Record<string, string | number>>,
  version: Microversion,
): Record<string, string> {
  const wrong = Object.keys(given).find((key) => !KEY.test(key));
  if (wrong !== undefined)
    throw badRequest(
      `Invalid extra spec name '${wrong.slice(0, 100)}': letters, digits, '-', '_', ':', '.' and spaces, 1-255 of them.`,
    );
  const specs = Object.entries(given).map(([key, value]) => [key, String(value)] as const);
  if (has(version, 'extraSpecValidation'))
    for (const [key, value] of specs) validateSpec(key, value);
  return Object.fromEntries(specs);
}

/** https://docs.openstack.org/api-ref/compute/#flavors-extra-specs-flavors-os-flavor-extra-specs */
export function extraSpecOperations({ database }: ComputeContext): Operation[] {
  const find = (request: OperationRequest) =>
    requireFlavor(database, request.caller, request.params['flavor_id']!);
  const missing = (id: string, key: string) =>
    notFound(`Flavor ${id} has no extra specs with key ${key.slice(0, 255)}.`);
  const collection = '/v2.1/flavors/{flavor_id}/os-extra_specs';
  const item = `${collection}/{key}`;
  return [
    operation({
      name: 'list_extra_specs',
      method: 'GET',
      path: collection,
      summary: "A flavor's extra specs",
      role: policy.role('os-flavor-extra-specs:index'),
      success: 200,
      handle: async (request) => ({ body: { extra_specs: (await find(request)).extraSpecs } }),
    }),
    operation({
      name: 'create_extra_specs',
      method: 'POST',
      path: collection,
      summary: 'Add or change extra specs of a flavor',
      role: policy.role('os-flavor-extra-specs:create'),
      success: 200,
      body: Type.Object(
        { extra_specs: Type.Record(Type.String(), Value) },
        { additionalProperties: false },
      ),
      async handle(request) {
        const flavor = await find(request);
        const specs = specsOf(request.body.extra_specs, request.microversion);
        await mergeExtraSpecs(database, flavor.id, specs);
        return { body: { extra_specs: specs } };
      },
    }),
    operation({
      name: 'show_extra_spec',
      method: 'GET',
      path: item,
      summary: 'One extra spec of a flavor',
      role: policy.role('os-flavor-extra-specs:show'),
      success: 200,
      async handle(request) {
        const flavor = await find(request);
        const key = request.params['key']!;
        if (!Object.hasOwn(flavor.extraSpecs, key)) throw missing(flavor.id, key);
        return { body: { [key]: flavor.extraSpecs[key] } };
      },
    }),
    operation({
      name: 'update_extra_spec',
      method: 'PUT',
      path: item,
      summary: 'Change one extra spec of a flavor',
      role: policy.role('os-flavor-extra-specs:update'),
      success: 200,
      body: Type.Record(Type.String(), Value, { minProperties: 1, maxProperties: 1 }),
      async handle(request) {
        const flavor = await find(request);
        const key = request.params['key']!;
        const specs = specsOf(request.body, request.microversion);
        if (!Object.hasOwn(specs, key)) throw badRequest('Request body and URI mismatch');
        await mergeExtraSpecs(database, flavor.id, specs);
        return { body: specs };
      },
    }),
    operation({
      name: 'delete_extra_spec',
      method: 'DELETE',
      path: item,
      summary: 'Remove one extra spec of a flavor',
      role: policy.role('os-flavor-extra-specs:delete'),
      success: 200,
      async handle(request) {
        const flavor = await find(request);
        const key = request.params['key']!;
        if (!(await deleteExtraSpec(database, flavor.id, key))) throw missing(flavor.id, key);
        return {};
      },
    }),
  ];
}
