import { Type } from 'typebox';
import { badRequest } from '../../../core/errors.ts';
import { newUuid } from '../../../core/ids.ts';
import type { ComputeContext } from '../context.ts';
import { policy } from '../policy.ts';
import { operation, type Operation, type OperationRequest } from '../../operation.ts';
import { unexpectedMember } from '../errors.ts';
import { has, since } from '../microversions.ts';
import { nextLink } from '../paging.ts';
import { deleteFlavor, describeFlavor, insertFlavor, listFlavors, requireFlavor } from './model.ts';
import { flavorPage, publicFilter } from './rules.ts';
import { flavorSummary, flavorView } from './view.ts';

/** Nova takes whole numbers also as text. */
const whole = (minimum: number) =>
  Type.Union([
    Type.Integer({ minimum, maximum: 2 ** 31 - 1 }),
    Type.String({ pattern: minimum > 0 ? '^0*[1-9][0-9]{0,8}$' : '^[0-9]{1,9}$' }),
  ]);
const Truth = Type.Union([
  Type.Boolean(),
  Type.String({ pattern: '^(?i:true|false|1|0|yes|no|on|off)$' }),
]);
const Description = Type.Union([Type.String({ maxLength: 65535 }), Type.Null()]);

const CreateBody = Type.Object(
  {
    flavor: Type.Object(
      {
        name: Type.String({ minLength: 1, maxLength: 255 }),
        id: Type.Optional(
          Type.Union([Type.String({ minLength: 1, maxLength: 255 }), Type.Integer(), Type.Null()]),
        ),
        ram: whole(1),
        vcpus: whole(1),
        disk: whole(0),
        'OS-FLV-EXT-DATA:ephemeral': Type.Optional(whole(0)),
        swap: Type.Optional(whole(0)),
        rxtx_factor: Type.Optional(
          Type.Union([
            Type.Number({ exclusiveMinimum: 0 }),
            Type.String({ pattern: '^[0-9]+([.][0-9]+)?$' }),
          ]),
        ),
        'os-flavor-access:is_public': Type.Optional(Truth),
        description: Type.Optional(Description),
      },
      { additionalProperties: false },
    ),
  },
  { additionalProperties: false },
);

const isTrue = (value: boolean | string | undefined): boolean =>
  value === undefined || value === true || /^(true|1|yes|on)$/i.test(String(value));

function checkName(name: string): string {
  if (name.trim() === '')
    throw badRequest('Invalid input for field/attribute flavor.name: it must not be only spaces.');
  return name.trim();
}

function idOf(given: string | number | null | undefined): string {
  if (given === undefined || given === null || given === 'auto') return newUuid();
  const id = String(given);
  if (!/^(?! )[a-zA-Z0-9. _-]+(?<! )$/.test(id))
    throw badRequest(
      `Invalid input for field/attribute flavor.id: it may contain letters, digits, '.', '_', '-' and inner spaces (value: ${id.slice(0, 80)}).`,
    );
  return id;
}

const listQuery = Type.Object({
  is_public: Type.Optional(Type.String()),
  minRam: Type.Optional(Type.String()),
  minDisk: Type.Optional(Type.String()),
  sort_key: Type.Optional(Type.String()),
  sort_dir: Type.Optional(Type.String()),
  limit: Type.Optional(Type.String()),
  marker: Type.Optional(Type.String()),
});

/** https://docs.openstack.org/api-ref/compute/#flavors */
export function flavorOperations({ database }: ComputeContext): Operation[] {
  const list =
    (
      view: (
        flavor: Awaited<ReturnType<typeof requireFlavor>>,
        request: OperationRequest,
      ) => unknown,
    ) =>
    async (request: OperationRequest) => {
      const { caller } = request;
      const wanted = caller.isAdmin ? publicFilter(request.query['is_public']?.[0]) : undefined;
      const { page, shown, isFull } = flavorPage(
        await listFlavors(database, caller, wanted),
        request,
      );
      return {
        body: {
          flavors: shown.map((flavor) => view(flavor, request)),
          ...nextLink(request, 'flavors', page, shown.at(-1)?.id, isFull),
        },
      };
    };

  return [
    operation({
      name: 'list_flavors',
      method: 'GET',
      path: '/v2.1/flavors',
      summary: 'Flavors in short',
      role: policy.role('flavors'),
      success: 200,
      query: listQuery,
      handle: list(flavorSummary),
    }),
    operation({
      name: 'list_flavors_detail',
      method: 'GET',
      path: '/v2.1/flavors/detail',
      summary: 'Flavors with all their members',
      role: policy.role('flavors'),
      success: 200,
      query: listQuery,
      handle: list(flavorView),
    }),
    operation({
      name: 'create_flavor',
      method: 'POST',
      path: '/v2.1/flavors',
      summary: 'Make a flavor',
      role: policy.role('os-flavor-manage:create'),
      success: 200,
      body: CreateBody,
      async handle(request) {
        const { flavor: given } = request.body;
        if (given.description !== undefined && !has(request.microversion, 'flavorDescription'))
          throw unexpectedMember('description', 'field/attribute flavor');
        const rxtxFactor = Number(given.rxtx_factor ?? 1);
        if (!(rxtxFactor > 0))
          throw badRequest(
            'Invalid input for field/attribute flavor.rxtx_factor: it must be above 0.',
          );
        const flavor = await insertFlavor(database, {
          id: idOf(given.id),
          name: checkName(given.name),
          vcpus: Number(given.vcpus),
          memoryMb: Number(given.ram),
          rootGb: Number(given.disk),
          ephemeralGb: Number(given['OS-FLV-EXT-DATA:ephemeral'] ?? 0),
          swapMb: Number(given.swap ?? 0),
          rxtxFactor,
          isPublic: isTrue(given['os-flavor-access:is_public']),
          description: given.description ?? null,
          extraSpecs: {},
        });
        return { body: { flavor: flavorView(flavor, request) } };
      },
    }),
    operation({
      name: 'show_flavor',
      method: 'GET',
      path: '/v2.1/flavors/{flavor_id}',
      summary: 'One flavor',
      role: policy.role('flavors'),
      success: 200,
      async handle(request) {
        const flavor = await requireFlavor(database, request.caller, request.params['flavor_id']!);
        return { body: { flavor: flavorView(flavor, request) } };
      },
    }),
    operation({
      name: 'update_flavor',
      method: 'PUT',
      path: '/v2.1/flavors/{flavor_id}',
      summary: 'Describe a flavor',
      role: policy.role('os-flavor-manage:update'),
      success: 200,
      since: since('flavorDescription'),
      body: Type.Object(
        { flavor: Type.Object({ description: Description }, { additionalProperties: false }) },
        { additionalProperties: false },
      ),
      async handle(request) {
        const id = request.params['flavor_id']!;
        await requireFlavor(database, request.caller, id);
        await describeFlavor(database, id, request.body.flavor.description);
        return {
          body: { flavor: flavorView(await requireFlavor(database, request.caller, id), request) },
        };
      },
    }),
    operation({
      name: 'delete_flavor',
      method: 'DELETE',
      path: '/v2.1/flavors/{flavor_id}',
      summary: 'Delete a flavor; servers made of it keep what they have',
      role: policy.role('os-flavor-manage:delete'),
      success: 202,
      async handle(request) {
        await deleteFlavor(database, request.params['flavor_id']!);
        return {};
      },
    }),
  ];
}
