import type { Server } from '../api/documents.ts';
import { addressesOf, flavorName, imageName, type Cloud } from './cloud.ts';

/** Words that are searched for: all must be found, anywhere and in any case. */
export const wordsOf = (search: string): readonly string[] =>
  search.toLowerCase().split(/\s+/).filter(Boolean);

export function matches(
  words: readonly string[],
  ...texts: readonly (string | null | undefined)[]
): boolean {
  if (words.length === 0) return true;
  const text = texts.join('\n').toLowerCase();
  return words.every((word) => text.includes(word));
}

/** Whether a server is meant: by name, id, status, address, network, flavor, image, host or project. */
export function serverMatches(cloud: Cloud, server: Server, words: readonly string[]): boolean {
  if (words.length === 0) return true;
  return matches(
    words,
    server.name,
    server.id,
    server.status,
    flavorName(cloud, server),
    imageName(cloud, server),
    server['OS-EXT-SRV-ATTR:host'],
    cloud.projects.length > 0 ? cloud.projectName(server.tenant_id) : undefined,
    ...addressesOf(cloud, server).flatMap(({ network, address, floating }) => [
      network,
      address,
      ...floating,
    ]),
  );
}
