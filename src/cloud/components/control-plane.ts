import { fileURLToPath } from 'node:url';
import type { Cloud } from '../cloud.ts';
import type { Component } from '../component.ts';
import { httpStatus } from '../ready.ts';

/**
 * V8's options for the control plane: it collects garbage sooner instead of letting the heap grow to several times
 * of what is alive (not `--optimize-for-size`, with which a list of thousands takes twice the processor time). The
 * young generation is large enough that most of an answer's objects die there instead of being copied.
 */
export const NODE_OPTIONS = ['--max-semi-space-size=8', '--heap-growing-percent=30'] as const;

/** The APIs: stateless, everything it knows is in PostgreSQL and the OVSDB databases. */
export function controlPlane({ layout, configuration }: Cloud): Component {
  const { address, port } = configuration.listen;
  // A wildcard is no address to connect to.
  const host = address === '0.0.0.0' ? '127.0.0.1' : address === '::' ? '::1' : address;
  return {
    name: 'control-plane',
    title: 'APIs',
    class: 'control',
    dependsOn: ['postgresql', 'ovsdb-nb', 'ovsdb-sb', 'ovsdb-ovenbird'],
    launch: () => ({
      command: [
        process.execPath,
        ...NODE_OPTIONS,
        fileURLToPath(new URL('../../http/main.ts', import.meta.url)),
      ],
    }),
    async ready() {
      const path = '/identity/v3';
      return (
        (await httpStatus({ socketPath: layout.apiSocket }, path)) === 200 &&
        (await httpStatus({ host, port }, path)) === 200
      );
    },
    stop: { signal: 'SIGTERM', timeout: 10_000 },
    patience: 60_000,
  };
}
