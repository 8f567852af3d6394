import type { Caller } from '../caller.ts';
import type { IdentityContext } from '../context.ts';
import { couldNotFind, notAuthorized, unauthorized } from '../errors.ts';
import { seal, unseal } from '../tokens/fernet.ts';
import {
  newAuditId,
  pack,
  type Delegation,
  type Method,
  type Scope,
  type TokenPayload,
} from '../tokens/payload.ts';
import { packReceipt, unpackReceipt, type Receipt } from '../tokens/receipt.ts';
import { loadSession, sessionOf, type Session } from '../tokens/session.ts';
import { useTrust } from '../trusts/model.ts';
import { loadRules, suffices } from './factors.ts';
import { proveApplicationCredential, provePassword, proveTotp, type Proof } from './proofs.ts';
import { requestedScope, type AuthenticationRequest } from './rules.ts';
import { scopeOf } from './scopes.ts';

/** A token, or what is good for proving the rest when the user's rules want more methods. */
export type Outcome =
  | { readonly token: string; readonly session: Session }
  | {
      readonly receipt: Receipt;
      readonly sealed: string;
      readonly rules: readonly (readonly Method[])[];
    };

/**
 * Issues a token for credentials that fit; every other case is the same 401, whatever was wrong.
 * @param sealedReceipt header `Openstack-Auth-Receipt`: what was proved before
 */
export async function authenticate(
  context: IdentityContext,
  request: AuthenticationRequest,
  serviceUrl: string,
  sealedReceipt?: string,
): Promise<Outcome> {
  const began = Date.now();
  const wanted = requestedScope(request);
  // Who changed the password elsewhere a moment ago gets a token that counts as made after that.
  if (!request.identity.methods.includes('token')) await context.memory.fresh();
  const before = sealedReceipt === undefined ? undefined : readReceipt(context, sealedReceipt);
  if (sealedReceipt !== undefined && before === undefined) throw unauthorized(serviceUrl);
  const now = await prove(context, request, serviceUrl);
  if (before !== undefined && before.userId !== now.userId) throw unauthorized(serviceUrl);
  const methods = [...new Set([...(before?.methods ?? []), ...now.methods])];
  const proof = { ...now, methods };
  const rules = await loadRules(context, proof.userId);
  if (!suffices(rules, methods)) return { ...newReceipt(context, proof.userId, methods), rules };

  const { scope, delegation, lastsUntil } = await scopeOf(context, proof, wanted, serviceUrl);
  return issue(context, { ...proof, scope, delegation, lastsUntil, began }, serviceUrl);
}

/** What a token is made for. */
export interface Issue {
  readonly userId: string;
  readonly methods: readonly Method[];
  readonly scope: Scope;
  readonly delegation: Delegation | undefined;
  /** In milliseconds. */
  readonly lastsUntil: number;
  /** Audit id of the first token of the chain. */
  readonly chain: string | undefined;
  /** When proving began, in milliseconds: what changed since then ends the token. */
  readonly began: number;
}

/** Makes a token; 401 when the user has no role there, 403 when a trust gives nothing any more. */
export async function issue(
  context: IdentityContext,
  { userId, methods, scope, delegation, lastsUntil, chain, began }: Issue,
  serviceUrl: string,
): Promise<{ readonly token: string; readonly session: Session }> {
  const audit = newAuditId();
  // What is remembered may be a moment old: a change that is not known yet must end this token, too.
  await context.memory.get('nothing', async () => true);
  const issuedAt = new Date(Math.min(began, context.memory.knownAt || began));
  const payload: TokenPayload = {
    userId,
    methods,
    scope,
    delegation,
    auditIds: chain === undefined ? [audit] : [audit, chain],
    issuedAt,
    expiresAt: new Date(Math.min(issuedAt.getTime() + context.tokenLifetime, lastsUntil)),
  };
  const session = await loadSession(context, payload);
  if (session === undefined) {
    if (delegation?.kind !== 'trust') throw unauthorized(serviceUrl);
    throw notAuthorized(
      'authenticate with a trust',
      'Its trustor is disabled or lost a role that it gives.',
    );
  }
  if (delegation?.kind === 'trust' && !(await useTrust(context.tables, delegation.id))) {
    throw notAuthorized(
      'authenticate with a trust',
      `No remaining uses for trust: ${delegation.id}.`,
    );
  }
  return { token: seal(pack(payload), context.keys.primary(), issuedAt), session };
}

function readReceipt(context: IdentityContext, sealed: string): Receipt | undefined {
  const bytes = sealed.length > 512 ? undefined : unseal(sealed, context.keys.all());
  const receipt = bytes && unpackReceipt(bytes);
  return receipt && receipt.expiresAt.getTime() > Date.now() ? receipt : undefined;
}

function newReceipt(context: IdentityContext, userId: string, methods: readonly Method[]) {
  const issuedAt = new Date();
  const lifetime = context.options.receipt.expiration * 1000;
  const expiresAt = new Date(issuedAt.getTime() + lifetime);
  const receipt: Receipt = { userId, methods, issuedAt, expiresAt };
  return { receipt, sealed: seal(packReceipt(receipt), context.keys.primary(), issuedAt) };
}

async function prove(
  context: IdentityContext,
  request: AuthenticationRequest,
  serviceUrl: string,
): Promise<Proof> {
  const { methods, password, token, totp, application_credential: credential } = request.identity;
  const proofs: Proof[] = [];
  for (const method of new Set(methods)) {
    if (method === 'password' && password) {
      proofs.push(await provePassword(context, password.user, serviceUrl));
    } else if (method === 'totp' && totp) {
      proofs.push(await proveTotp(context, totp.user, serviceUrl));
    } else if (method === 'token' && token) {
      proofs.push(await proveToken(context, token.id));
    } else if (method === 'application_credential' && credential) {
      if (request.scope !== undefined) {
        throw unauthorized(
          serviceUrl,
          'Error authenticating with application credential: Application credentials cannot request a scope.',
        );
      }
      proofs.push(await proveApplicationCredential(context, credential, serviceUrl));
    } else {
      throw unauthorized(serviceUrl, 'Attempted to authenticate with an unsupported method.');
    }
  }
  const [first] = proofs;
  if (first === undefined || proofs.some((proof) => proof.userId !== first.userId)) {
    throw unauthorized(serviceUrl);
  }
  return {
    userId: first.userId,
    methods: [...new Set(proofs.flatMap((proof) => proof.methods))],
    lastsUntil: Math.min(...proofs.map((proof) => proof.lastsUntil)),
    chain: proofs.find((proof) => proof.chain !== undefined)?.chain,
    bound: proofs.find((proof) => proof.bound !== undefined)?.bound,
  };
}

/** What was made to act for somebody in a limited way makes no other tokens. */
function checkRescoping({ trust, byEc2Key }: Caller): void {
  if (trust === undefined && !byEc2Key) return;
  throw notAuthorized(
    'rescope a scoped token',
    `The token was made with ${trust ? 'a trust' : 'an EC2 key'}: authenticate in another way.`,
  );
}

async function proveToken(context: IdentityContext, token: string): Promise<Proof> {
  const session = await sessionOf(context, token);
  // As in Keystone: clients tell by 404 that it is the token that ended.
  if (session === undefined)
    throw couldNotFind('token', 'it is no token, has expired or was revoked');
  checkRescoping(session.caller);
  const { payload } = session;
  return {
    userId: payload.userId,
    methods: [...new Set<Method>([...payload.methods, 'token'])],
    lastsUntil: payload.expiresAt.getTime(), // a token never outlives the proof it was made from
    chain: payload.auditIds.at(-1),
    bound: payload.delegation && { scope: payload.scope, delegation: payload.delegation },
  };
}
