import assert from 'node:assert/strict';
import test from 'node:test';
import { ResourceFailure } from '../type.ts';
import { cloudConfigText } from './cloud-config.ts';
import { delay } from './delay.ts';
import { multipart, partsOf, textPart } from '../mime.ts';
import { none } from './none.ts';
import { randomString } from './random-string.ts';
import { testResource } from './test-resource.ts';
import { FakeResource } from './testing.ts';
import { converted, value } from './value.ts';

test('a random text has its length, its classes, and stays what it is', async () => {
  const resource = new FakeResource(randomString, {
    length: 12,
    character_classes: [
      { class: 'digits', min: 4 },
      { class: 'uppercase', min: 4 },
    ],
    character_sequences: [{ sequence: '!%', min: 2 }],
  });
  await resource.create();
  const made = await resource.attribute('value');
  assert.match(String(made), /^[0-9A-Z!%]{12}$/);
  assert.ok([...String(made)].filter((one) => /\d/.test(one)).length >= 4);
  assert.ok([...String(made)].filter((one) => /[A-Z]/.test(one)).length >= 4);
  assert.ok([...String(made)].filter((one) => /[!%]/.test(one)).length >= 2);
  await resource.create();
  assert.equal(await resource.attribute('value'), made);
  assert.equal(randomString.reference!(resource.step()), made);
  assert.equal(resource.physicalId, 'web-thing-abcdefghijkl');
  assert.throws(
    () => randomString.validate!({ length: 2, character_classes: [{ class: 'digits', min: 3 }] }),
    /cannot be smaller/,
  );
});

test('values become what their type says', async () => {
  assert.equal(converted(3, 'string'), '3');
  assert.equal(converted(true, 'string'), 'true');
  assert.equal(converted('2.5', 'number'), 2.5);
  assert.equal(converted('TRUE', 'boolean'), true);
  assert.deepEqual(converted('a,b', 'comma_delimited_list'), ['a', 'b']);
  assert.deepEqual(converted('{"a": 1}', 'json'), { a: 1 });
  assert.throws(() => converted('x', 'number'), /is not a number/);
  assert.throws(() => value.validate!({ value: ['a'], type: 'string' }), /is not a string/);
  const resource = new FakeResource(value, { value: '5', type: 'number' });
  await resource.create();
  assert.equal(await resource.attribute('value'), 5);
});

test('nothing takes anything', async () => {
  const resource = new FakeResource(none, { any: 'thing' });
  await resource.create();
  assert.equal(await resource.attribute('whatever', 'you', 'ask'), null);
});

test('a test resource keeps its text, waits, fails and is replaced as told', async () => {
  const resource = new FakeResource(testResource, { value: 'one', wait_secs: 0 });
  await resource.create();
  assert.equal(await testResource.isCreated!(resource.step()), true);
  assert.equal(await resource.attribute('output'), 'one');
  await resource.update({ value: 'two', wait_secs: 0 });
  assert.equal(await resource.attribute('output'), 'two');
  assert.equal(
    testResource.mustReplace!({
      former: {},
      properties: { update_replace: true },
      changed: new Set(['value']),
    }),
    true,
  );
  const slow = new FakeResource(testResource, { wait_secs: 9, action_wait_secs: { create: -1 } });
  await slow.create();
  assert.equal(slow.data['until'], 'for ever');
  assert.equal(await testResource.isCreated!(slow.step()), false);
  await testResource.delete!(new FakeResource(testResource, {}).step());
  const failing = new FakeResource(testResource, { fail: true, wait_secs: 0 });
  await failing.create();
  await assert.rejects(async () => testResource.isCreated!(failing.step()), ResourceFailure);
  assert.equal(failing.physicalId, null);
});

test('a delay takes its time in the actions it is for, once', async () => {
  const resource = new FakeResource(delay, { min_wait: 30, actions: ['CREATE', 'DELETE'] });
  await resource.create();
  const until = resource.data['until'];
  assert.equal(await delay.isCreated!(resource.step()), false);
  await resource.create();
  assert.equal(resource.data['until'], until, 'a repeated step does not begin again');
  await delay.suspend!(resource.step());
  assert.equal(resource.data['waiting'], 'CREATE');
});

test('cloud-init is given YAML 1.1', () => {
  assert.equal(
    cloudConfigText({ runcmd: ['echo a'], answer: 'yes', password: 'x' }),
    '#cloud-config\nanswer: "yes"\npassword: x\nruncmd:\n  - echo a\n',
  );
});

test('texts become a MIME message, whose parts another message takes over', () => {
  const one = textPart('#!/bin/sh\necho a\n', 'x-shellscript', 'a.sh');
  const two = textPart('grüße', 'plain', '');
  const message = multipart([one, two], 'seed');
  assert.equal(multipart([one, two], 'seed'), message);
  assert.deepEqual(partsOf(message), [one, two]);
  assert.match(two, /charset="utf-8"[^]*base64\n\nZ3LDvMOfZQ==$/);
  assert.match(one, /Content-Disposition: attachment; filename="a.sh"/);
  assert.deepEqual(partsOf('#!/bin/sh\n'), []);
});
