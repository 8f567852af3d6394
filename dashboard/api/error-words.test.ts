import assert from 'node:assert/strict';
import { test } from 'node:test';
import { wordsOfError } from './error-words.ts';
import { nextPage } from './next-page.ts';

test("each service's error is read in its own words", () => {
  const json = (value: unknown) => wordsOfError(JSON.stringify(value));
  assert.equal(json({ error: { code: 401, message: 'Who?', title: 'Unauthorized' } }), 'Who?');
  assert.equal(json({ itemNotFound: { message: 'No server.', code: 404 } }), 'No server.');
  assert.equal(
    json({ NeutronError: { type: 'IpAddressInUse', message: 'In use.', detail: '' } }),
    'In use.',
  );
  assert.equal(json({ errors: [{ status: 400, title: 'Bad', detail: 'Because.' }] }), 'Because.');
  assert.equal(json({ message: 'plain' }), 'plain');
  const page =
    '<html>\n <head>\n  <title>404 Not Found</title>\n </head>\n <body>\n  <h1>404 Not Found</h1>\n  No image &lt;x&gt; &amp; none like it.<br /><br />\n\n </body>\n</html>';
  assert.equal(wordsOfError(page), 'No image <x> & none like it.');
});

test('a body without words has none', () => {
  for (const body of [
    '',
    'upstream timeout',
    '{}',
    '[]',
    'null',
    '"text"',
    '{"a":1}',
    '<html><h1>502</h1></html>',
  ]) {
    assert.equal(wordsOfError(body), undefined, body);
  }
});

test('the next page is followed by its query only, in the form of each service', () => {
  const nova = {
    servers: [{ id: 'a', links: [{ rel: 'self', href: 'http://x/a' }] }],
    servers_links: [
      { rel: 'next', href: 'http://elsewhere:1/compute/v2.1/servers/detail?limit=1&marker=a' },
    ],
  };
  assert.equal(nextPage(JSON.stringify(nova), 'servers'), '?limit=1&marker=a');
  const glance = { images: [], next: '/v2/images?marker=b' };
  assert.equal(nextPage(JSON.stringify(glance), 'images'), '?marker=b');
  const keystone = { projects: [], links: { next: null, self: 'http://x/v3/projects' } };
  assert.equal(nextPage(JSON.stringify(keystone), 'projects'), undefined);
  assert.equal(nextPage('{"networks":[{"name":"next"}]}', 'networks'), undefined);
});
