import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  METHODS,
  newAuditId,
  pack,
  unpack,
  type Delegation,
  type Scope,
  type TokenPayload,
} from './payload.ts';

const hex = fc.stringMatching(/^[0-9a-f]{32}$/);
const id = fc.oneof(hex, fc.constant('default'), fc.stringMatching(/^[a-z-]{1,64}$/));
const scope: fc.Arbitrary<Scope> = fc.oneof(
  fc.constantFrom<Scope>({ kind: 'unscoped' }, { kind: 'system' }),
  id.map((target): Scope => ({ kind: 'project', id: target })),
  id.map((target): Scope => ({ kind: 'domain', id: target })),
);
const delegation: fc.Arbitrary<Delegation | undefined> = fc.oneof(
  fc.constant(undefined),
  fc.record(
    { kind: fc.constantFrom('application_credential' as const, 'trust' as const), id: hex },
    { noNullPrototype: true },
  ),
);
const time = fc.date({ min: new Date(0), max: new Date('2200-01-01'), noInvalidDate: true });
const auditIds = fc
  .boolean()
  .map((chained): [string, ...string[]] =>
    chained ? [newAuditId(), newAuditId()] : [newAuditId()],
  );

const payloads: fc.Arbitrary<TokenPayload> = fc.record(
  {
    userId: id,
    methods: fc.subarray([...METHODS], { minLength: 1 }),
    scope,
    delegation,
    auditIds,
    issuedAt: time,
    expiresAt: time,
  },
  { noNullPrototype: true },
);

test('a payload survives the way into bytes and back', () => {
  fc.assert(fc.property(payloads, (payload) => assert.deepEqual(unpack(pack(payload)), payload)));
});

test('bytes that are no payload of ours are none, and never an error', () => {
  fc.assert(
    fc.property(payloads, fc.nat(200), (payload, length) => {
      const whole = pack({ ...payload, auditIds: [payload.auditIds[0]] });
      const read = unpack(whole.subarray(0, length));
      assert.equal(read === undefined, length < whole.length);
    }),
  );
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 99 }), (bytes) => void unpack(Buffer.from(bytes))),
  );
});
