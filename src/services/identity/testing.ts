import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pino } from 'pino';
import { paths, type Configuration } from '../../core/configuration.ts';
import { newHexId } from '../../core/ids.ts';
import type { Logger } from '../../core/log.ts';

/** A configuration with a home of its own, for tests; `remove` deletes the folder. */
export function createTestHome(): {
  readonly configuration: Configuration;
  readonly log: Logger;
  password(name: 'admin' | 'demo'): string;
  remove(): void;
} {
  const home = mkdtempSync(path.join(tmpdir(), 'ovb-home-'));
  const configuration: Configuration = {
    home,
    name: 'test',
    host: 'test',
    id: newHexId(),
    listen: { address: '127.0.0.1', port: 5000 },
    region: 'RegionOne',
    external: { cidr: '172.24.4.0/24', machineAddress: '172.24.4.1' },
    driver: 'fake',
  };
  const files = paths(home);
  return {
    configuration,
    log: pino({ level: 'silent' }) as Logger,
    password: (name) =>
      readFileSync(name === 'admin' ? files.adminPassword : files.demoPassword, 'utf8').trim(),
    remove: () => rmSync(home, { recursive: true, force: true }),
  };
}
