import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { AccessRule, Caller } from '../caller.ts';
import { pathFits, permits } from './rules.ts';

test('patterns stand for what keystonemiddleware lets them stand for', () => {
  const cases: [string, string, boolean][] = [
    ['/v2.1/servers', '/v2.1/servers', true],
    ['/v2.1/servers', '/v2.1/servers/', false],
    ['/v2.1/servers', '/v2x1/servers', false],
    ['/v2.1/servers/{server_id}', '/v2.1/servers/abc', true],
    ['/v2.1/servers/{server_id}', '/v2.1/servers/abc/ips', false],
    ['/v2.1/servers/{server_id}', '/v2.1/servers/', false],
    ['/v2.1/servers/*/ips', '/v2.1/servers/abc/ips', true],
    ['/v2.1/servers/a*', '/v2.1/servers/abc', true],
    ['/v2.1/**', '/v2.1/servers/abc/ips', true],
    ['/v2.1/**', '/v2.1/', false],
    ['/**/ips', '/v2.1/servers/abc/ips', true],
    ['/**/ips', '/v2.1/servers/abc/ip', false],
  ];
  for (const [pattern, path, fits] of cases) {
    assert.equal(pathFits(pattern, path), fits, `${pattern} ${path}`);
  }
});

test('a path without wildcards fits itself only', () => {
  const path = fc.stringMatching(/^\/[a-z0-9./]{0,20}$/);
  fc.assert(fc.property(path, path, (one, other) => pathFits(one, other) === (one === other)));
});

test('no pattern takes long', () => {
  const path = '/' + 'a'.repeat(2000) + '!';
  assert.equal(pathFits('/' + '**a'.repeat(60) + '?', path), false);
});

test('rules limit their credential, and nobody without rules', () => {
  const caller = (accessRules: readonly AccessRule[] | undefined) =>
    ({ applicationCredential: { id: 'x', unrestricted: false, accessRules } }) as unknown as Caller;
  const limited = caller([{ service: 'compute', method: 'GET', path: '/v2.1/servers' }]);
  const ask = (who: Caller, service: string, method: string, path: string) =>
    permits(who, service, method, path, `/${service}`);
  assert.equal(ask(limited, 'compute', 'GET', '/compute/v2.1/servers'), true);
  assert.equal(ask(limited, 'compute', 'POST', '/compute/v2.1/servers'), false);
  assert.equal(ask(limited, 'network', 'GET', '/network/v2.1/servers'), false);
  assert.equal(ask(caller(undefined), 'network', 'GET', '/network/v2.0/ports'), true);
  assert.equal(ask({} as Caller, 'network', 'GET', '/network/v2.0/ports'), true);
});
