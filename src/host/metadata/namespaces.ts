import { readdir } from 'node:fs/promises';

/** Names of all network namespaces of this machine. */
export const namespaces = (): Promise<string[]> => readdir('/run/netns').catch(() => []);
