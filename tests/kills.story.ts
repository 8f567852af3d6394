import assert from 'node:assert/strict';
import { open, type FileHandle } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { after, afterEach, before, describe, test } from 'node:test';
import { paths } from '../src/core/configuration.ts';
import type { ApiClient } from './support/api.ts';
import { TestCloud } from './support/cloud.ts';
import { command, eventually } from './support/command.ts';
import { Scenario } from './support/scenario.ts';

const SERVERS = '/compute/v2.1/servers';

/** The lines that are added to a component's log. */
class LogTail {
  readonly #file: FileHandle;
  #at: number;
  #rest = '';

  private constructor(file: FileHandle, at: number) {
    this.#file = file;
    this.#at = at;
  }

  static async of(file: string): Promise<LogTail> {
    const handle = await open(file, 'r');
    return new LogTail(handle, (await handle.stat()).size);
  }

  async read(): Promise<Record<string, any>[]> {
    const buffer = Buffer.alloc(2 ** 20);
    const { bytesRead } = await this.#file.read(buffer, 0, buffer.length, this.#at);
    this.#at += bytesRead;
    const lines = (this.#rest + buffer.toString('utf8', 0, bytesRead)).split('\n');
    this.#rest = lines.pop() ?? '';
    return lines.flatMap((line) => (line.startsWith('{') ? [JSON.parse(line)] : []));
  }

  close = () => this.#file.close();
}

/**
 * `kill -9` of the control plane and of the host's agent, real processes of a real cloud, right after an order was
 * acknowledged and at each step that the agent takes for it: everything settles without anybody.
 */
describe('kills', { timeout: 600_000 }, () => {
  let cloud: TestCloud;
  let api: ApiClient;
  let scenario: Scenario;
  let untouched: Record<string, string[]>;
  let network: string;
  let [imageId, little, more] = ['', '', ''];

  before(async () => {
    cloud = await TestCloud.start('kills');
    api = await cloud.api('admin');
    scenario = new Scenario(cloud, api);
    untouched = await cloud.traces();
    network = (await scenario.network('n', '10.88.0.0/24')).id;
    imageId = await scenario.image();
    const flavor = async (name: string, ram: number) =>
      (await api.post('/compute/v2.1/flavors', { flavor: { name, ram, vcpus: 1, disk: 1 } })).flavor
        .id as string;
    [little, more] = [await flavor('little', 64), await flavor('more', 96)];
  });
  after(() => cloud.destroy());
  afterEach((context) => {
    if ('passed' in context && context.passed === false) console.error(cloud.logs(40));
  });

  /** Asks as long as nobody answers: the control plane is being killed all the time. */
  const get = (path: string): Promise<Record<string, any> | undefined> =>
    eventually(
      `an answer of ${path}`,
      async () => {
        const { status, body } = await api.call('GET', path);
        if (status >= 500) return undefined;
        return { status, body };
      },
      60_000,
    ).then(({ status, body }) => (status === 404 ? undefined : body));
  const show = async (id: string) => (await get(`${SERVERS}/${id}`))?.['server'];
  const settled = (id: string, status: string) =>
    eventually(
      `${id} in ${status}`,
      async () => {
        const server = await show(id);
        if (server?.status === 'ERROR') throw new Error(JSON.stringify(server.fault));
        return server?.status === status && server['OS-EXT-STS:task_state'] === null && server;
      },
      60_000,
    );
  /** Orders are given to a control plane that answers; whether one that is cut off was taken nobody could tell. */
  const act = async (id: string, body: object) => {
    await get(SERVERS);
    return api.post(`${SERVERS}/${id}/action`, body);
  };
  const create = async (): Promise<string> => {
    await get(SERVERS);
    const { server } = await api.post(SERVERS, {
      server: { name: 's', imageRef: imageId, flavorRef: little, networks: [{ uuid: network }] },
    });
    return server.id as string;
  };
  let kills = 0;
  const kill = async (...components: string[]) => {
    kills++;
    for (const component of components)
      try {
        process.kill(await cloud.pidOf(component), 'SIGKILL');
      } catch {
        // It has not come back from the last time yet.
      }
  };
  /** A supervisor lets what dies again and again wait longer and longer: another one begins anew. */
  const renewed = async () => {
    if (kills < 4) return;
    kills = 0;
    process.kill(await cloud.pidOf('supervisor'), 'SIGKILL');
    await cloud.up();
  };
  const memoryOf = async (id: string): Promise<number> => {
    const { stdout } = await cloud.docker([
      'inspect', '-f', '{{.HostConfig.Memory}}', `nova-${id}`,
    ]); // prettier-ignore
    return Number(stdout) / 2 ** 20;
  };
  const works = async (id: string) => {
    const { code, stdout, stderr } = await cloud.inside(id, [
      'wget', '-q', '-O-', 'http://169.254.169.254/openstack/latest/meta_data.json',
    ]); // prettier-ignore
    assert.equal(code, 0, stderr);
    assert.equal(JSON.parse(stdout).uuid, id);
  };

  /**
   * Gives the order again and again: the first time the control plane dies when it has said yes, then both die at the
   * first step of the agent, at the second … until there is none that they had not died at. Gives how many there were.
   */
  async function killed(order: () => Promise<string>, over: (id: string) => Promise<unknown>) {
    const file = path.join(paths(cloud.home).log, 'host-agent.log');
    await renewed();
    let id = await order();
    await kill('control-plane');
    await over(id);
    for (let step = 0; ; step++) {
      await renewed();
      const log = await LogTail.of(file);
      id = await order();
      const server = id;
      const seen: string[] = [];
      const course = { isOver: false };
      const end = sleep(100).then(() => over(server)).finally(() => (course.isOver = true)); // prettier-ignore
      end.catch(() => undefined);
      while (!course.isOver && seen.length <= step) {
        for (const line of await log.read())
          if (line['msg'] === 'step' && line['server'] === server) seen.push(line['kind']);
        await sleep(2);
      }
      const wasThere = seen.length > step;
      if (wasThere) await kill('host-agent', 'control-plane');
      await log.close();
      await end;
      if (!wasThere) return step;
    }
  }

  const remove = async (id: string) => {
    await eventually('the order to delete', async () => {
      const { status } = await api.call('DELETE', `${SERVERS}/${id}`);
      return status === 204 || status === 404;
    });
    await eventually(`the end of ${id}`, async () => (await show(id)) === undefined, 60_000);
  };

  test('of a creation', async () => {
    const made: string[] = [];
    const steps = await killed(
      async () => {
        const id = await create();
        made.push(id);
        return id;
      },
      (id) => settled(id, 'ACTIVE'),
    );
    assert.ok(steps >= 2, `create, start: ${steps}`);
    for (const id of made) await works(id);
    for (const id of made) await remove(id);
  });

  test('of a resize, a rebuild and an image', async () => {
    const id = await create();
    await settled(id, 'ACTIVE');
    let flavor = little;
    const resized = await killed(
      async () => {
        flavor = flavor === little ? more : little;
        await act(id, { resize: { flavorRef: flavor } });
        return id;
      },
      async () => {
        await settled(id, 'VERIFY_RESIZE');
        assert.equal(await memoryOf(id), flavor === little ? 64 : 96);
        await eventually('the confirmation', async () => {
          const { status } = await api.call('POST', `${SERVERS}/${id}/action`, {
            confirmResize: null,
          });
          return status === 204 || status === 409;
        });
        await settled(id, 'ACTIVE');
      },
    );
    assert.ok(resized >= 2, `stop, start: ${resized}`);
    await works(id);

    const rebuilt = await killed(
      async () => {
        await cloud.inside(id, ['touch', '/written']);
        await act(id, { rebuild: { imageRef: imageId } });
        return id;
      },
      async () => {
        await settled(id, 'ACTIVE');
        assert.notEqual((await cloud.inside(id, ['ls', '/written'])).code, 0, 'it is made anew');
      },
    );
    assert.ok(rebuilt >= 3, `discard, create, start: ${rebuilt}`);
    await works(id);

    // An image is no step of the server: both die when the host has been asked for it, and while it is made.
    for (const pause of [0, 100, 500]) {
      await renewed();
      await act(id, { createImage: { name: `image-${pause}` } });
      await sleep(pause);
      await kill('control-plane', 'host-agent');
      await settled(id, 'ACTIVE');
      const { images } = (await get(`/image/v2/images?name=image-${pause}`))!;
      assert.deepEqual(
        images.map(({ status }: { status: string }) => status),
        ['active'],
      );
      await eventually('the image goes', async () => {
        const { status } = await api.call('DELETE', `/image/v2/images/${images[0].id}`);
        return status === 204 || status === 404;
      });
    }
    await works(id);
    await remove(id);
  });

  test('of a deletion', async () => {
    const waiting: string[] = [];
    for (let number = 0; number < 4; number++) waiting.push(await create());
    for (const id of waiting) await settled(id, 'ACTIVE');
    const steps = await killed(
      async () => {
        const id = waiting.pop() ?? (await create());
        await get(SERVERS);
        await api.delete(`${SERVERS}/${id}`);
        return id;
      },
      (id) => eventually(`the end of ${id}`, async () => (await show(id)) === undefined, 60_000),
    );
    assert.ok(steps >= 1, `remove: ${steps}`);
    for (const id of waiting) await remove(id);
  });

  test('servers are deleted whatever they are or do', async () => {
    const states: Record<string, (id: string) => Promise<unknown>> = {
      'being made': async () => undefined,
      paused: async (id) => {
        await settled(id, 'ACTIVE');
        await act(id, { pause: null });
      },
      suspended: async (id) => {
        await settled(id, 'ACTIVE');
        await act(id, { suspend: null });
        await settled(id, 'SUSPENDED');
      },
      'being stopped': async (id) => {
        await settled(id, 'ACTIVE');
        await act(id, { 'os-stop': null });
      },
      'waiting for a decision': async (id) => {
        await settled(id, 'ACTIVE');
        await act(id, { resize: { flavorRef: more } });
        await settled(id, 'VERIFY_RESIZE');
      },
      'being rebuilt': async (id) => {
        await settled(id, 'ACTIVE');
        await act(id, { rebuild: { imageRef: imageId } });
      },
      'being put away': async (id) => {
        await settled(id, 'ACTIVE');
        await act(id, { shelve: null });
      },
      away: async (id) => {
        await settled(id, 'ACTIVE');
        await act(id, { shelve: null });
        await settled(id, 'SHELVED_OFFLOADED');
      },
      'an image of it being made': async (id) => {
        await settled(id, 'ACTIVE');
        await act(id, { createImage: { name: 'unfinished' } });
      },
      'declared to be in error': async (id) => {
        await settled(id, 'ACTIVE');
        await act(id, { 'os-resetState': { state: 'error' } });
      },
      locked: async (id) => {
        await settled(id, 'ACTIVE');
        await act(id, { lock: null });
      },
      'without a container': async (id) => {
        await settled(id, 'ACTIVE');
        await cloud.docker(['rm', '-f', `nova-${id}`]);
      },
    };
    // All at once would be more than the quota of ten.
    const all = Object.values(states);
    for (const some of [all.slice(0, 6), all.slice(6)])
      await Promise.all(
        some.map(async (reach) => {
          const id = await create();
          await reach(id);
          await remove(id);
        }),
      );
    // And one whose host does not answer: the agent sleeps, and somebody says that the host is down.
    const id = await create();
    await settled(id, 'ACTIVE');
    const agent = await cloud.pidOf('host-agent');
    process.kill(agent, 'SIGSTOP');
    try {
      const { services } = await api.get('/compute/v2.1/os-services?binary=nova-compute');
      const force = (forced_down: boolean) =>
        api.ok(
          'PUT',
          '/compute/v2.1/os-services/force-down',
          { host: services[0].host, binary: 'nova-compute', forced_down },
          { 'openstack-api-version': 'compute 2.11' },
        );
      await force(true);
      await remove(id);
      await force(false);
    } finally {
      process.kill(agent, 'SIGCONT');
    }
  });

  test('and nothing is left', async () => {
    await eventually('the images that were made of servers go', async () => {
      const { images } = await api.get('/image/v2/images');
      for (const { id, name } of images as { id: string; name: string }[])
        if (name === 'unfinished') await api.call('DELETE', `/image/v2/images/${id}`);
      return images.length === 1;
    });
    await api.delete(`/network/v2.0/networks/${network}`);
    await eventually(
      'every trace is gone',
      async () => {
        assert.deepEqual(await cloud.traces(), untouched);
        return true;
      },
      60_000,
    );
    const providers = (await api.get('/placement/resource_providers')).resource_providers;
    for (const { uuid } of providers as { uuid: string }[]) {
      const { usages } = await api.get(`/placement/resource_providers/${uuid}/usages`);
      assert.ok(
        Object.values(usages as Record<string, number>).every((used) => used === 0),
        JSON.stringify(usages),
      );
    }
    assert.deepEqual(await cloud.differences(), []);
    const stopped = await command('pgrep', ['-f', `containerd-shim.*${cloud.home}`]);
    assert.equal(stopped.stdout.trim(), '', 'no shim of a container');
  });
});
