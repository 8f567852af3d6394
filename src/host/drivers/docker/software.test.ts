import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { createLogger } from '../../../core/log.ts';
import {
  busyboxArchive,
  imageOf,
  startEngine,
  until,
  wishOf,
  type TestEngine,
} from '../../testing.ts';
import type { SoftwareOutcome } from '../driver.ts';
import { DockerDriver } from './driver.ts';

describe('software deployments in containers', () => {
  const signal = new AbortController().signal;
  let engine: TestEngine;
  let driver: DockerDriver;
  let server: string;
  let wish: ReturnType<typeof wishOf>;
  const make = (): DockerDriver =>
    new DockerDriver({
      socketPath: engine.socket,
      folder: engine.folder,
      cloud: 'c'.repeat(32),
      host: 'test-host',
      log: createLogger('test', 'silent'),
    });
  const carryOut = (
    script: string,
    more: { run?: string; by?: DockerDriver; environment?: Record<string, string> } = {},
  ): Promise<SoftwareOutcome> =>
    (more.by ?? driver).carryOut(
      server,
      {
        run: more.run ?? randomUUID(),
        script,
        environment: more.environment ?? {},
        outputs: ['result', 'other', '../../secret'],
      },
      signal,
    );

  before(async () => {
    engine = await startEngine();
    driver = make();
    const image = await imageOf(await busyboxArchive(engine.folder));
    wish = wishOf(image.wish, { command: ['/bin/sh', '-c', 'exec sleep 1000'] });
    server = wish.id;
    await driver.create(wish, image.source, signal);
    await driver.release(await driver.start(wish));
  });
  after(async () => {
    driver?.close();
    await engine?.stop();
  });

  it('gives inputs as variables and brings output, files and exit code back', async () => {
    const outcome = await carryOut(
      '#!/bin/sh\necho "hello $who"\necho oops >&2\nprintf "%s" "$odd" > "$heat_outputs_path.result"\nexit 3\n',
      { environment: { who: 'you; echo "no"', odd: 'a\n$b "c" ü' } },
    );
    assert.deepEqual(outcome, {
      exitCode: 3,
      stdout: 'hello you; echo "no"\n',
      stderr: 'oops\n',
      outputs: { result: 'a\n$b "c" ü' },
    });
  });

  it('runs it once, whoever asks and however often', async () => {
    const run = randomUUID();
    const script = '#!/bin/sh\necho x >>/tmp/count\nsleep 1\ncat /tmp/count\n';
    const other = make();
    const outcomes = await Promise.all([
      carryOut(script, { run }),
      carryOut(script, { run, by: other }),
      carryOut(script, { run }),
    ]);
    outcomes.push(await carryOut(script, { run, by: other }));
    other.close();
    for (const outcome of outcomes) assert.equal(outcome.stdout, 'x\n');
  });

  it('says when the server ended while it ran, and does not begin again', async () => {
    const run = randomUUID();
    const script = '#!/bin/sh\necho begun >>/tmp/log\nsleep 1000\n';
    const outcome = carryOut(script, { run }).catch((error: unknown) => error);
    await until('the script runs', async () =>
      (await carryOut('#!/bin/sh\ncat /tmp/log\n')).stdout.includes('begun'),
    );
    await driver.stop(server, 0);
    await driver.release(await driver.start(wish));
    await outcome;
    const second = await carryOut(script, { run });
    assert.equal(second.exitCode, undefined);
    assert.equal((await carryOut('#!/bin/sh\ncat /tmp/log\n')).stdout, 'begun\n');
  });

  it('a script without a first line, and one that is none', async () => {
    assert.equal((await carryOut('echo plain\n')).stdout, 'plain\n');
    assert.notEqual((await carryOut('#!/no/such/program\n')).exitCode, 0);
  });
});
