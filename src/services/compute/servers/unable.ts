import { Type, type TSchema } from 'typebox';
import { badRequest, Fault } from '../../../core/errors.ts';
import { unexpectedMember } from '../errors.ts';
import { has } from '../microversions.ts';
import type { VmState } from '../tables.ts';
import type { Action, ActionInput } from './actions.ts';
import { Nothing } from './nothing.ts';

const Password = Type.String({ minLength: 1, maxLength: 255 });
const Truth = Type.Union([Type.Boolean(), Type.String({ pattern: '^(?:[Tt]rue|[Ff]alse)$' })]);

/** What no driver of this cloud can do: known, checked as Nova checks it, and then refused as Nova's drivers refuse. */
function unable(
  name: string,
  summary: string,
  schema: TSchema,
  vmStates: readonly VmState[],
  why: string,
  more: {
    readonly adminOnly?: string;
    readonly check?: (input: ActionInput) => void;
  } = {},
): Action {
  const { adminOnly, check } = more;
  return {
    name,
    summary,
    schema,
    ...(adminOnly === undefined ? {} : { adminOnly }),
    vmStates: () => vmStates,
    event: `compute_${name}`,
    apply(input) {
      check?.(input);
      throw new Fault(
        'notImplemented',
        `The requested functionality is not supported: ${why} (server ${input.server.id}).`,
      );
    },
  };
}

/** https://docs.openstack.org/api-ref/compute/#servers-run-an-action-servers-action */
export const UNABLE_ACTIONS: Readonly<Record<string, Action>> = {
  changePassword: unable(
    'changePassword',
    "Set a server's password: no driver can",
    Type.Object({ adminPass: Type.String({ maxLength: 255 }) }, { additionalProperties: false }),
    ['active'],
    'nothing inside of servers of this cloud sets passwords; use a key pair or user data',
  ),
  rescue: unable(
    'rescue',
    'Start a server from another image to repair it: no driver can',
    Type.Union([
      Type.Null(),
      Type.Object(
        {
          adminPass: Type.Optional(Password),
          rescue_image_ref: Type.Optional(Type.String({ format: 'uuid' })),
        },
        { additionalProperties: false },
      ),
    ]),
    ['active', 'stopped', 'error'],
    'servers are not rescued; an image of it (createImage) starts as another server',
  ),
  unrescue: unable(
    'unrescue',
    'Start a rescued server from its own disk: there are none',
    Nothing,
    ['rescued'],
    'servers are not rescued',
  ),
  'os-migrateLive': unable(
    'live-migration',
    'Move a server while it runs: no driver can',
    Type.Object(
      {
        host: Type.Union([Type.String({ minLength: 1, maxLength: 255 }), Type.Null()]),
        block_migration: Type.Optional(Type.Union([Truth, Type.Literal('auto')])),
        disk_over_commit: Type.Optional(Truth),
        force: Type.Optional(Truth),
      },
      { additionalProperties: false },
    ),
    ['active', 'paused'],
    'servers are not moved while they run; `migrate` stops them for it',
    {
      adminOnly: 'os-migrate-server:migrate_live',
      check({ request: { microversion }, argument }) {
        const given = argument as Readonly<Record<string, unknown>>;
        for (const [member, feature] of [
          ['disk_over_commit', 'liveDiskOverCommit'],
          ['force', 'liveForce'],
        ] as const)
          if (given[member] !== undefined && !has(microversion, feature))
            throw unexpectedMember(member, 'field/attribute os-migrateLive');
        if (given['block_migration'] === 'auto' && !has(microversion, 'liveBlockAuto'))
          throw badRequest(
            "Invalid input for field/attribute block_migration. Value: auto. 'auto' is not of type boolean",
          );
      },
    },
  ),
};
