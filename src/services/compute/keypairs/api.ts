import { sql } from 'kysely';
import { Type } from 'typebox';
import { badRequest, forbidden } from '../../../core/errors.ts';
import { transact } from '../../../database/database.ts';
import { operation, type Operation, type OperationRequest } from '../../operation.ts';
import type { ComputeContext } from '../context.ts';
import { policy, requirePolicy, type PolicyAction } from '../policy.ts';
import { unexpectedMember } from '../errors.ts';
import { has } from '../microversions.ts';
import { nextLink, pageOf } from '../paging.ts';
import { limitsOf } from '../quotas/model.ts';
import {
  countKeypairs,
  deleteKeypair,
  insertKeypair,
  listKeypairs,
  requireKeypair,
  type Keypair,
} from './model.ts';
import { generateKey, readPublicKey } from './ssh.ts';

const CreateBody = Type.Object(
  {
    keypair: Type.Object(
      {
        name: Type.String({ minLength: 1, maxLength: 255 }),
        public_key: Type.Optional(Type.String({ maxLength: 16_384 })),
        type: Type.Optional(Type.Union([Type.Literal('ssh'), Type.Literal('x509')])),
        user_id: Type.Optional(Type.String({ minLength: 1, maxLength: 64 })),
      },
      { additionalProperties: false },
    ),
  },
  { additionalProperties: false },
);

const view = (keypair: Keypair, request: OperationRequest) => ({
  name: keypair.name,
  public_key: keypair.public_key,
  fingerprint: keypair.fingerprint,
  ...(has(request.microversion, 'keypairType') ? { type: keypair.type } : {}),
});

/** Whose key pairs are meant: the caller's, or from 2.10 on, for administrators, those of any user. */
function userOf(
  request: OperationRequest,
  action: PolicyAction,
  named: string | undefined,
): string {
  const { caller } = request;
  if (named === undefined || !has(request.microversion, 'keypairOtherUsers')) return caller.userId;
  requirePolicy(action, caller, { userId: named });
  return named;
}

/** https://docs.openstack.org/api-ref/compute/#keypairs-keypairs */
export function keypairOperations({ database }: ComputeContext): Operation[] {
  const queryUser = (request: OperationRequest, action: PolicyAction) =>
    userOf(request, action, request.query['user_id']?.[0]);
  const query = Type.Object({
    user_id: Type.Optional(Type.String()),
    limit: Type.Optional(Type.String()),
    marker: Type.Optional(Type.String()),
  });
  return [
    operation({
      name: 'list_keypairs',
      method: 'GET',
      path: '/v2.1/os-keypairs',
      summary: "The user's key pairs",
      role: policy.role('os-keypairs:index'),
      projectScope: false,
      success: 200,
      query,
      async handle(request) {
        const page = has(request.microversion, 'keypairPaging') ? pageOf(request.query) : undefined;
        const keypairs = await listKeypairs(
          database,
          queryUser(request, 'os-keypairs:index'),
          page,
        );
        return {
          body: {
            keypairs: keypairs.map((keypair) => ({ keypair: view(keypair, request) })),
            ...(page
              ? nextLink(
                  request,
                  'keypairs',
                  page,
                  keypairs.at(-1)?.name,
                  keypairs.length === page.limit,
                )
              : {}),
          },
        };
      },
    }),
    operation({
      name: 'create_keypair',
      method: 'POST',
      path: '/v2.1/os-keypairs',
      summary: 'Take a public key, or make a key and show its private half once',
      role: policy.role('os-keypairs:create'),
      projectScope: false,
      success: 201,
      body: CreateBody,
      async handle(request) {
        const { keypair: given } = request.body;
        if (given.type !== undefined && !has(request.microversion, 'keypairType'))
          throw unexpectedMember('type', 'field/attribute keypair');
        if (given.user_id !== undefined && !has(request.microversion, 'keypairOtherUsers'))
          throw unexpectedMember('user_id', 'field/attribute keypair');
        if (given.type === 'x509')
          throw badRequest(
            'Keypair data is invalid: x509 certificates are for Windows servers, which containers are not; use type ssh.',
          );
        if (given.public_key === undefined && !has(request.microversion, 'keypairGeneration'))
          throw badRequest(
            "Invalid input for field/attribute keypair: 'public_key' is a required property: since 2.92 keys are made where they are kept, with ssh-keygen for example.",
          );
        const [pattern, words] = has(request.microversion, 'keypairDotsInNames')
          ? [/^[A-Za-z0-9_\-@. ]+$/, "letters, digits, '_', '-', '@', '.' and spaces"]
          : [/^[A-Za-z0-9_\- ]+$/, "letters, digits, '_', '-' and spaces"];
        if (!pattern.test(given.name) || given.name.trim() === '')
          throw badRequest(
            `Keypair data is invalid: Keypair name contains unsafe characters; it may have ${words}.`,
          );
        const userId = userOf(request, 'os-keypairs:create', given.user_id);
        const generated =
          given.public_key === undefined ? generateKey('Generated-by-Nova') : undefined;
        const key = generated ?? readPublicKey(given.public_key!);
        const keypair = await transact(database, async (transaction) => {
          await sql`select pg_advisory_xact_lock(hashtextextended('compute.keypairs ' || ${userId}, 0))`.execute(
            transaction,
          );
          const limit = (await limitsOf(transaction, request.caller.projectId ?? '')).key_pairs;
          if (limit >= 0 && (await countKeypairs(transaction, userId)) >= limit)
            throw forbidden(`Quota exceeded, too many key pairs: the limit is ${limit}.`);
          return insertKeypair(transaction, {
            user_id: userId,
            name: given.name,
            type: 'ssh',
            public_key: key.line,
            fingerprint: key.fingerprint,
          });
        });
        return {
          status: has(request.microversion, 'keypairType') ? 201 : 200,
          body: {
            keypair: {
              ...view(keypair, request),
              user_id: userId,
              ...(generated ? { private_key: generated.privateKey } : {}),
            },
          },
        };
      },
    }),
    operation({
      name: 'show_keypair',
      method: 'GET',
      path: '/v2.1/os-keypairs/{keypair_name}',
      summary: 'One key pair',
      role: policy.role('os-keypairs:show'),
      projectScope: false,
      success: 200,
      query,
      async handle(request) {
        const keypair = await requireKeypair(
          database,
          queryUser(request, 'os-keypairs:show'),
          request.params['keypair_name']!,
        );
        return {
          body: {
            keypair: {
              ...view(keypair, request),
              id: keypair.number,
              user_id: keypair.user_id,
              // Naive and with microseconds, as Nova prints this one.
              created_at: keypair.created_at.toISOString().slice(0, 23) + '000',
              updated_at: null,
              deleted: false,
              deleted_at: null,
            },
          },
        };
      },
    }),
    operation({
      name: 'delete_keypair',
      method: 'DELETE',
      path: '/v2.1/os-keypairs/{keypair_name}',
      summary: 'Delete a key pair; servers keep their copy',
      role: policy.role('os-keypairs:delete'),
      projectScope: false,
      success: 204,
      query,
      async handle(request) {
        await deleteKeypair(
          database,
          queryUser(request, 'os-keypairs:delete'),
          request.params['keypair_name']!,
        );
        return { status: has(request.microversion, 'keypairType') ? 204 : 202 };
      },
    }),
  ];
}
