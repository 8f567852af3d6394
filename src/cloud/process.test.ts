import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { test } from 'node:test';
import { identify, isAlive, memoryOf, parseStat, signal, terminate } from './process.ts';

test('a program may have blanks and brackets in its name', () => {
  const rest = Array.from({ length: 48 }, (_, index) => index + 4);
  assert.deepEqual(parseStat(`42 (a) b (c) S ${rest.join(' ')}`), {
    pid: 42,
    state: 'S',
    parent: 4,
    startTicks: 22,
  });
});

test('a number that was used again is another process', () => {
  const self = identify(process.pid)!;
  assert.ok(isAlive(self));
  const earlier = { ...self, startTicks: self.startTicks - 1 };
  const otherBoot = { ...self, boot: '00000000-0000-0000-0000-000000000000' };
  assert.ok(!isAlive(earlier));
  assert.ok(!isAlive(otherBoot));
  assert.ok(!signal(earlier, 'SIGKILL'), 'we would not have lived to see it');
});

test('what does not listen to its signal is killed', async () => {
  const child = spawn('sh', ['-c', "trap '' TERM; echo ready; read line"], {
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  await once(child.stdout, 'data');
  const identity = identify(child.pid!)!;
  const exit = once(child, 'exit');
  await terminate(identity, 'SIGTERM', 50);
  assert.deepEqual((await exit)[1], 'SIGKILL');
  assert.ok(!isAlive(identity));
  await terminate(identity, 'SIGTERM', 50);
});

test('memory counts the descendants', async () => {
  const child = spawn('sh', ['-c', 'sleep 60 & echo ready; wait'], {
    stdio: ['ignore', 'pipe', 'ignore'],
    detached: true,
  });
  await once(child.stdout, 'data');
  const whole = memoryOf(child.pid!);
  assert.ok(whole.rss > 0 && whole.pss > 0 && whole.pss <= whole.rss);
  process.kill(-child.pid!, 'SIGKILL');
  await once(child, 'exit');
  assert.deepEqual(memoryOf(child.pid!), { rss: 0, pss: 0 });
});
