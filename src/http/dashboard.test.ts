import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { pino } from 'pino';
import { mountDashboard } from './dashboard.ts';
import { createServer } from './server.ts';

const serverOf = (folder?: string) =>
  createServer({
    services: [],
    validate: async () => undefined,
    log: pino({ level: 'silent' }),
    fallbackHost: '127.0.0.1:5000',
    extend: (app) => mountDashboard(app, folder),
  });
const app = serverOf();
const get = (url: string, headers: Record<string, string> = {}, server = app) =>
  server.inject({ method: 'GET', url, headers });

after(() => app.close());

test('the page is at the root, under a policy that allows nothing inline and nothing from elsewhere', async () => {
  const reply = await get('/', { accept: 'text/html,application/xhtml+xml,*/*;q=0.8' });
  assert.equal(reply.statusCode, 200);
  assert.match(String(reply.headers['content-type']), /^text\/html/);
  const policy = String(reply.headers['content-security-policy']);
  assert.match(policy, /^default-src 'self';/);
  assert.match(policy, /base-uri 'none'/);
  assert.match(policy, /frame-ancestors 'none'/);
  assert.doesNotMatch(policy, /unsafe|https?:|\*/);
  assert.equal(reply.headers['x-content-type-options'], 'nosniff');
  // What the policy forbids is not there, and what the page names is.
  assert.doesNotMatch(reply.body, /<style|\son\w+=|\sstyle=|<script(?![^>]*\ssrc=)/);
  const named = [...reply.body.matchAll(/(?:src|href)="([^"]+)"/g)].map((match) => match[1]);
  assert.ok(named.length >= 4);
  for (const name of named) {
    assert.match(String(name), /^dashboard\//, 'relative, so that a proxy may add a prefix');
    assert.equal((await get(`/${name}`)).statusCode, 200, `${name} is there`);
  }
});

test('a client that wants JSON of the root is answered as if there were no dashboard', async () => {
  const reply = await get('/', { accept: 'application/json' });
  assert.equal(reply.statusCode, 404);
  assert.equal(reply.json().error.code, 404);
  assert.equal(reply.headers['vary'], 'Accept');
});

test('every module that the entry leads to is served as JavaScript, without types', async () => {
  const seen = new Set<string>();
  const queue = ['/dashboard/main.ts'];
  for (let url = queue.pop(); url !== undefined; url = queue.pop()) {
    if (seen.has(url)) continue;
    seen.add(url);
    const reply = await get(url);
    assert.equal(reply.statusCode, 200, url);
    assert.match(String(reply.headers['content-type']), /^text\/javascript/);
    assert.match(String(reply.headers['content-security-policy']), /default-src 'self'/);
    assert.doesNotMatch(reply.body, /^\s*(?:export )?(?:interface|type) \w+/m, url);
    assert.doesNotMatch(
      reply.body,
      /innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(/,
    );
    for (const match of reply.body.matchAll(/^(?:import|\} from|export \* from)\b.*?'([^']+)'/gm)) {
      assert.match(String(match[1]), /^\.{1,2}\/.*\.ts$/, `${url} imports a file of the folder`);
      queue.push(new URL(String(match[1]), `http://x${url}`).pathname);
    }
  }
  assert.ok(seen.size > 20, `${seen.size} modules`);
});

test('nothing but the files of the folder can be had', async () => {
  for (const name of [
    '../package.json',
    '..%2fpackage.json',
    '%2e%2e/package.json',
    '..%5cpackage.json',
    'model/../../package.json',
    'model/%2e%2e/%2e%2e/src/http/main.ts',
    '%2fetc/passwd',
    'tsconfig.json',
    'model/rules.test.ts',
    'model',
    'model/',
    '.hidden.ts',
    'main.ts%00.css',
    'nothing.ts',
    `${'a'.repeat(500)}.ts`,
  ]) {
    const reply = await get(`/dashboard/${name}`);
    assert.equal(reply.statusCode, 404, name);
    assert.doesNotMatch(reply.body, /"dependencies"|root:|strict/, name);
  }
});

test('an entity tag spares the body until the file changes; links out of the folder are no files', async (context) => {
  const folder = mkdtempSync(path.join(tmpdir(), 'ovenbird-dashboard-'));
  const server = serverOf(folder);
  context.after(async () => {
    await server.close();
    rmSync(folder, { recursive: true });
  });
  const file = path.join(folder, 'a.ts');
  writeFileSync(file, 'export const a: number = 1;\n');
  symlinkSync('/etc/hostname', path.join(folder, 'link.css'));
  assert.equal((await get('/dashboard/link.css', {}, server)).statusCode, 404);

  const first = await get('/dashboard/a.ts', {}, server);
  assert.match(first.body, /^export const a\s+= 1;/);
  assert.equal(first.headers['cache-control'], 'no-cache');
  const tag = String(first.headers['etag']);
  const again = await get('/dashboard/a.ts', { 'if-none-match': `"other", W/${tag}` }, server);
  assert.equal(again.statusCode, 304);
  assert.equal(again.body, '');

  writeFileSync(file, 'export const a: number = 2;\n');
  utimesSync(file, new Date(), new Date(Date.now() + 5000));
  const changed = await get('/dashboard/a.ts', { 'if-none-match': tag }, server);
  assert.equal(changed.statusCode, 200);
  assert.match(changed.body, /= 2;/);
  assert.notEqual(changed.headers['etag'], tag);
});

test('who looks where Horizon would be is shown the way', async () => {
  assert.equal((await get('/dashboard')).headers['location'], './');
  assert.equal((await get('/dashboard/')).headers['location'], '../');
});
