import { randomBytes } from 'node:crypto';

/** What a token is good for. */
export type Scope =
  | { readonly kind: 'unscoped' | 'system' }
  | { readonly kind: 'project' | 'domain'; readonly id: string };

/** How the bearer proved who it is, in the order of their bits. */
export const METHODS = [
  'password',
  'token',
  'application_credential',
  'totp',
  'ec2credential',
] as const;
export type Method = (typeof METHODS)[number];

/** By what else than the user's own roles a token was made; it is looked up at every use and limits the token. */
export interface Delegation {
  readonly kind: 'application_credential' | 'trust';
  readonly id: string;
}

/** All that a token says by itself; the rest is looked up when it is used. */
export interface TokenPayload {
  readonly userId: string;
  readonly methods: readonly Method[];
  readonly scope: Scope;
  readonly delegation: Delegation | undefined;
  /** The token's own audit id and, when it was made from another, that of the first of the chain. */
  readonly auditIds: readonly [string, ...string[]];
  readonly issuedAt: Date;
  readonly expiresAt: Date;
}

const VERSION = 1;
const SCOPES = ['unscoped', 'system', 'project', 'domain'] as const;
/** The upper half of the scope's byte. */
const DELEGATIONS = [undefined, 'application_credential', 'trust'] as const;
const AUDIT = 16;

/** 22 characters that name a token in logs without being usable as one. */
export const newAuditId = (): string => randomBytes(AUDIT).toString('base64url');

/** An id of 32 hexadecimal digits takes 17 bytes, any other its length and one. */
function packId(id: string): Buffer {
  if (/^[0-9a-f]{32}$/.test(id)) return Buffer.concat([Buffer.of(0), Buffer.from(id, 'hex')]);
  const text = Buffer.from(id, 'utf8');
  return Buffer.concat([Buffer.of(text.length), text]);
}

function packTime(time: Date): Buffer {
  const bytes = Buffer.alloc(6);
  bytes.writeUIntBE(time.getTime(), 0, 6);
  return bytes;
}

/** The bytes that are encrypted into a token: below 100 for our own ids, a token of some 190 characters. */
export function pack(payload: TokenPayload): Buffer {
  const { scope, delegation } = payload;
  const methods = payload.methods.reduce(
    (bits, method) => bits | (1 << METHODS.indexOf(method)),
    0,
  );
  return Buffer.concat([
    Buffer.of(
      VERSION,
      methods,
      SCOPES.indexOf(scope.kind) | (DELEGATIONS.indexOf(delegation?.kind) << 4),
    ),
    packId(payload.userId),
    'id' in scope ? packId(scope.id) : Buffer.alloc(0),
    delegation ? packId(delegation.id) : Buffer.alloc(0),
    packTime(payload.issuedAt),
    packTime(payload.expiresAt),
    ...payload.auditIds.slice(0, 2).map((id) => Buffer.from(id, 'base64url')),
  ]);
}

/** Reads what `pack` wrote; `undefined` for a layout of another version. */
export function unpack(bytes: Buffer): TokenPayload | undefined {
  if (bytes[0] !== VERSION) return undefined;
  const methods = METHODS.filter((_, bit) => ((bytes[1] ?? 0) >> bit) & 1);
  const kind = SCOPES[(bytes[2] ?? 0) & 15];
  const delegate = (bytes[2] ?? 0) >> 4;
  if (delegate >= DELEGATIONS.length) return undefined;
  let at = 3;
  const take = (length: number): Buffer => bytes.subarray(at, (at += length));
  const id = (): string => {
    const length = take(1)[0] ?? 0;
    return length === 0 ? take(16).toString('hex') : take(length).toString('utf8');
  };
  const userId = id();
  if (kind === undefined) return undefined;
  const scope: Scope = kind === 'project' || kind === 'domain' ? { kind, id: id() } : { kind };
  const by = DELEGATIONS[delegate];
  const delegation = by && { kind: by, id: id() };
  if (bytes.length < at + 12 + AUDIT) return undefined;
  const issuedAt = new Date(take(6).readUIntBE(0, 6));
  const expiresAt = new Date(take(6).readUIntBE(0, 6));
  const own = take(AUDIT).toString('base64url');
  const first = take(AUDIT);
  const auditIds: [string, ...string[]] =
    first.length === AUDIT ? [own, first.toString('base64url')] : [own];
  return { userId, methods, scope, delegation, auditIds, issuedAt, expiresAt };
}
