import { existsSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import type { Cloud } from '../cloud.ts';
import type { Component } from '../component.ts';
import { engineAnswers } from '../engine.ts';
import { ensureFolder } from '../files.ts';
import { processFacts } from '../process.ts';

/**
 * The cloud's own Docker Engine, in the cloud's network namespace and without any networking of its own.
 * With live-restore its containers go on when it dies, and the next one takes them over.
 */
export function dockerd({ layout, configuration }: Cloud): Component {
  const folder = layout.docker(configuration.host);
  const socket = path.join(folder, 'docker.sock');
  const pidFile = path.join(folder, 'docker.pid');
  const runFolder = path.join(folder, 'exec');
  return {
    name: 'dockerd',
    title: 'Docker Engine',
    class: 'data',
    dependsOn: ['network'],
    async prepare() {
      for (const made of [folder, runFolder, path.join(folder, 'data')]) ensureFolder(made, 0o710);
      // After SIGKILL they name processes that are gone, and dockerd would wait for them in vain.
      removeStalePidFile(pidFile, 'dockerd');
      removeStalePidFile(path.join(runFolder, 'containerd/containerd.pid'), 'containerd');
    },
    launch: () => ({
      // `nsenter --net`, not `ip netns exec`: that one would hide /sys/fs/cgroup.
      command: [
        'dockerd',
        '--bridge=none',
        '--iptables=false',
        '--ip6tables=false',
        '--ip-forward=false',
        '--live-restore',
        `--data-root=${path.join(folder, 'data')}`,
        `--exec-root=${runFolder}`,
        `--pidfile=${pidFile}`,
        `--host=unix://${socket}`,
      ],
      inNamespace: true,
    }),
    ready: () => engineAnswers(socket),
    stop: { signal: 'SIGTERM', timeout: 20_000 },
    patience: 60_000,
  };
}

function removeStalePidFile(file: string, program: string): void {
  if (!existsSync(file)) return;
  const pid = Number.parseInt(readFileSync(file, 'utf8'), 10);
  if (processFacts(pid) !== undefined) {
    const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0')[0] ?? '';
    if (path.basename(command) === program) return;
  }
  rmSync(file);
}
