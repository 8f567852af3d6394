import { Type, type TSchema } from 'typebox';
import { badRequest, Fault } from '../../../core/errors.ts';
import { unexpectedMember } from '../errors.ts';
import { has } from '../microversions.ts';
import type { VmState } from '../tables.ts';
import type { Action, ActionInput } from './actions.ts';

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
