import { Type, type Static } from 'typebox';
import { createHash } from 'node:crypto';
import { badRequest } from '../../../core/errors.ts';
import type { Operation } from '../../operation.ts';
import { operation } from '../policy/operation.ts';
import { issue } from '../authentication/authenticate.ts';
import type { IdentityContext } from '../context.ts';
import { catalogJson } from '../endpoints/catalog.ts';
import { unauthorized } from '../errors.ts';
import type { Delegation } from '../tokens/payload.ts';
import { tokenJson } from '../tokens/view.ts';
import { getByAccessKey, openBlob } from './model.ts';
import { readEc2Keys, type Ec2Keys } from './rules.ts';
import { signatureFits, signedAt, textSignatureFits, type SignedRequest } from './signature.ts';

const Word = Type.String({ maxLength: 8192 });
const Words = Type.Record(Type.String(), Type.Union([Word, Type.Number(), Type.Boolean()]));
const Given = Type.Object({
  access: Type.String({ minLength: 1, maxLength: 255 }),
  signature: Type.String({ minLength: 1, maxLength: 512 }),
  host: Type.Optional(Word),
  verb: Type.Optional(Word),
  path: Type.Optional(Word),
  params: Type.Optional(Words),
  headers: Type.Optional(Words),
  body_hash: Type.Optional(Word),
  /** Of s3tokens: the text that was signed, in base64url. */
  token: Type.Optional(Type.String({ maxLength: 65_535 })),
});
const Body = Type.Object({
  credentials: Type.Optional(Given),
  credential: Type.Optional(Given),
  ec2Credentials: Type.Optional(Given),
});

const EMPTY = createHash('sha256').update('').digest('hex');

const asText = (values: Static<typeof Words> | undefined): Record<string, string> =>
  Object.fromEntries(Object.entries(values ?? {}).map(([name, value]) => [name, String(value)]));

/** `2026-01-31T12:00:00Z` (version 2) or `20260131T120000Z` (version 4); NaN for anything else. */
const timeOf = (text: string): number => {
  const basic = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(text);
  if (basic) return Date.UTC(+basic[1]!, +basic[2]! - 1, +basic[3]!, +basic[4]!, +basic[5]!, +basic[6]!); // prettier-ignore
  return Date.parse(/(Z|[+-]\d\d:?\d\d)$/.test(text) ? text : `${text}Z`);
};

/**
 * Keys that were made with a trust or an application credential are limited as it is. Whoever wrote somebody else's
 * trust into a blob gets nothing by it: the user of the key must be its trustee.
 */
const delegationOf = ({ trustId, applicationCredentialId }: Ec2Keys): Delegation | undefined => {
  if (trustId !== undefined) return { kind: 'trust', id: trustId };
  if (applicationCredentialId === undefined) return undefined;
  return { kind: 'application_credential', id: applicationCredentialId };
};

/**
 * `/v3/ec2tokens` and `/v3/s3tokens`: a service hands over a signed request and gets a token of who signed it. Only
 * administrators and services may: whoever sees a signed address must not make a token of it.
 */
export function ec2TokenOperations(context: IdentityContext): Operation[] {
  /** Whether a request is signed with the key's secret, and recently. */
  const isGood = (keys: Ec2Keys, given: Static<typeof Given>, text: boolean): boolean => {
    if (text) {
      const signed = Buffer.from(given.token ?? '', 'base64url');
      return signed.length > 0 && textSignatureFits(keys.secret, signed, given.signature);
    }
    const request: SignedRequest = {
      verb: given.verb ?? 'GET',
      host: given.host ?? '',
      path: given.path ?? '/',
      params: asText(given.params),
      headers: asText(given.headers),
      bodyHash: given.body_hash ?? EMPTY,
    };
    if (!signatureFits(keys.secret, request, given.signature)) return false;
    const time = signedAt(request);
    const oldest = Date.now() - context.options.credential.auth_ttl * 60_000;
    return time === undefined || timeOf(time) >= oldest;
  };

  const tokenFor = async (body: Static<typeof Body>, serviceUrl: string, text: boolean) => {
    const given = body.credentials ?? body.credential ?? body.ec2Credentials;
    if (given === undefined) throw badRequest('Expecting to find credentials in the request body.');
    const began = Date.now();
    await context.memory.fresh();
    const row = await getByAccessKey(context.tables, given.access);
    const found = row?.project_id == null ? undefined : row;
    const keys = found && readEc2Keys(openBlob(context, found));
    // Without a key the same work is done for nothing.
    const fits = isGood(keys ?? { access: '', secret: 'none' }, given, text);
    if (found === undefined || keys === undefined || !fits) throw unauthorized(serviceUrl);
    return issue(
      context,
      {
        userId: found.user_id,
        methods: ['ec2credential'],
        scope: { kind: 'project', id: found.project_id! },
        delegation: delegationOf(keys),
        lastsUntil: Infinity,
        chain: undefined,
        began,
      },
      serviceUrl,
    );
  };

  return (['ec2', 's3'] as const).map((kind) =>
    operation({
      name: `${kind}tokens_validate`,
      method: 'POST',
      path: `/v3/${kind}tokens`,
      summary: `A token for a request that is signed with an ${kind.toUpperCase()} key`,
      success: 200,
      body: Body,
      async handle(request) {
        const { token, session } = await tokenFor(request.body, request.serviceUrl, kind === 's3');
        const catalog = await catalogJson(context, request.urlOf, {
          projectId: session.project?.id,
          userId: session.user.id,
        });
        return {
          body: tokenJson(session, catalog),
          ...(kind === 'ec2'
            ? { headers: { 'X-Subject-Token': token, Vary: 'X-Auth-Token' } }
            : {}),
        };
      },
    }),
  );
}
