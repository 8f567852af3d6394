import { isUuid } from '../../../core/ids.ts';
import type { Database } from '../../../database/database.ts';
import { insert, remove, type Ovenbird, type OvsdbClient } from '../../../ovn/index.ts';
import type { HostDirectory } from '../hosts/directory.ts';
import { loadServers, type Server } from '../servers/model.ts';

/**
 * What became of asking a host to run a script in a server. `later`: the server is not there yet, or being changed;
 * `gone`: it never will be; `unable`: its host runs no scripts in servers, an agent in the server has to.
 */
export type Asked = 'asked' | 'later' | 'gone' | 'unable' | { readonly failed: string };

/** Where orchestration has hosts run the scripts of software deployments. A run is asked for until it is closed. */
export interface SoftwareDesk {
  /** Whether the server is this project's, and its host may run scripts in it. */
  concerns(projectId: string, serverId: string): Promise<boolean>;
  /** Puts the run to the server's host, once. */
  ask(serverId: string, run: string): Promise<Asked>;
  /** Takes back every run that is not among these. */
  keepOnly(runs: ReadonlySet<string>): Promise<void>;
  /** Calls when there may be something new to learn by `ask`; gives what ends that. */
  watch(changed: () => void): () => void;
}

export function createSoftwareDesk(dependencies: {
  readonly database: Database;
  readonly ovenbird: OvsdbClient<Ovenbird>;
  readonly hosts: Pick<HostDirectory, 'live'>;
}): SoftwareDesk {
  const { database, ovenbird, hosts } = dependencies;
  const tasks = ovenbird.mirror.table('Task');
  const find = async (id: string): Promise<Server | undefined> =>
    isUuid(id) ? (await loadServers(database, [id]))[0] : undefined;

  return {
    async concerns(projectId, serverId) {
      const server = await find(serverId);
      if (server?.project_id !== projectId) return false;
      // One that has no host yet gets one before it is asked for.
      const host = server.host === null ? undefined : hosts.live(server.host);
      return host === undefined || host.capabilities['software'] === true;
    },
    async ask(serverId, run) {
      const task = tasks.first('id', run);
      if (task?.status[0] === 'failed') return { failed: task.message[0] ?? 'the host failed' };
      if (task !== undefined) return 'asked';
      const server = await find(serverId);
      if (server === undefined) return 'gone';
      if (server.vm_state === 'error') return { failed: `server ${serverId} is in status ERROR` };
      const host = server.host === null ? undefined : hosts.live(server.host);
      if (host === undefined || server.vm_state !== 'active' || server.task_state !== null)
        return 'later';
      if (host.capabilities['software'] !== true) return 'unable';
      await ovenbird.transact([
        insert('Task', {
          id: run,
          host: host.name,
          server_id: serverId,
          kind: 'software',
          arguments: {},
          reply_to: `/host/v1/software/${run}`,
          created_at: Math.floor(Date.now() / 1000),
        }),
      ]);
      return 'asked';
    },
    async keepOnly(runs) {
      const old = tasks.filter(({ kind, id }) => kind === 'software' && !runs.has(id));
      if (old.length > 0) await ovenbird.transact(old.map((task) => remove('Task', task._uuid)));
    },
    watch: (changed) =>
      ovenbird.mirror.watch(
        (changes) => {
          if (changes.some(({ after }) => after?.kind === 'software' && after.status.length > 0))
            changed();
        },
        ['Task'],
      ),
  };
}
