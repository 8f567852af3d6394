import { isoMicroseconds } from '../../../core/time.ts';
import type { Reply } from '../../operation.ts';
import type { IdentityContext } from '../context.ts';
import { found } from '../collections.ts';
import type { Outcome } from './authenticate.ts';

/** 401 with a receipt: what was proved is remembered for a while, and the rules say what is missing. */
export async function receiptReply(
  context: IdentityContext,
  { receipt, sealed, rules }: Extract<Outcome, { readonly receipt: unknown }>,
  serviceUrl: string,
): Promise<Reply> {
  const row = await context.tables
    .selectFrom('identity.users as user')
    .innerJoin('identity.projects as domain', 'domain.id', 'user.domain_id')
    .select(['user.id', 'user.name', 'domain.id as domain_id', 'domain.name as domain_name'])
    .where('user.id', '=', receipt.userId)
    .executeTakeFirst();
  const user = found(row, 'user', receipt.userId);
  return {
    status: 401,
    body: {
      receipt: {
        methods: receipt.methods,
        user: {
          id: user.id,
          name: user.name,
          domain: { id: user.domain_id, name: user.domain_name },
        },
        issued_at: isoMicroseconds(receipt.issuedAt),
        expires_at: isoMicroseconds(receipt.expiresAt),
      },
      required_auth_methods: rules,
    },
    headers: {
      'Openstack-Auth-Receipt': sealed,
      'WWW-Authenticate': `Keystone uri="${serviceUrl}/v3"`,
      Vary: 'X-Auth-Token',
    },
  };
}
