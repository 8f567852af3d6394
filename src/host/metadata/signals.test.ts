import assert from 'node:assert/strict';
import { createServer, type AddressInfo } from 'node:net';
import test from 'node:test';
import { createLogger } from '../../core/log.ts';
import { MetadataService } from './service.ts';

test('signals of stacks pass, with their own proof, and nothing else does', async () => {
  const passed: { target: string; headers: object; body: string }[] = [];
  const service = new MetadataService(
    async () => undefined,
    createLogger('test', 'silent'),
    async ({ target, headers, body }) => {
      passed.push({ target, headers, body: body.toString() });
      return { status: 204, text: '' };
    },
  );
  const socket = createServer();
  await new Promise<void>((resolve) => socket.listen(0, '127.0.0.1', resolve));
  const server = service.serve(socket, 'network');
  const { port } = socket.address() as AddressInfo;
  const send = async (
    path: string,
    method: 'POST' | 'PUT' = 'POST',
    body = '{"a":1}',
  ): Promise<number> => {
    const headers = { 'x-auth-token': 'mine', 'x-ovenbird-host-token': 'theirs' };
    const options: RequestInit = { method, headers, body };
    return (await fetch(`http://127.0.0.1:${port}${path}`, options)).status;
  };
  const signed = '/orchestration/v1/waitcondition/stack/handle?Signature=abc';
  const named = '/orchestration/v1/project/stacks/s/id/resources/r/signal';
  assert.equal(await send(signed, 'PUT'), 204);
  assert.equal(await send(named), 204);
  for (const path of [
    '/orchestration/v1/project/stacks',
    '/orchestration/v1/project/stacks/s/id/resources/r/signal/../../../..',
    '/orchestration/v1/waitcondition/stack/handle',
    '/identity/v3/auth/tokens',
    `${named}?x=1`,
  ]) {
    assert.equal(await send(path), 405, path);
  }
  assert.equal(await send(signed, 'PUT', 'x'.repeat(70_000)), 413);
  const headers = { 'content-type': 'application/json', 'x-auth-token': 'mine' };
  assert.deepEqual(passed, [
    { target: signed, headers, body: '{"a":1}' },
    { target: named, headers, body: '{"a":1}' },
  ]);
  server.closeAllConnections();
  await new Promise((resolve) => socket.close(resolve));
});
