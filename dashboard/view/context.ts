import type { CollectionName } from '../api/documents.ts';
import type { Session } from '../api/session.ts';
import type { Cloud } from '../model/cloud.ts';
import type { Route } from '../model/route.ts';

export interface Sorting {
  readonly column: string;
  readonly descending: boolean;
}

/** The console log of the server whose panel is open. */
export interface ConsoleLog {
  readonly text: string | undefined;
  readonly error: Error | undefined;
  readonly busy: boolean;
  /** Read again with every refresh of the page. */
  readonly follow: boolean;
}

/** What every part of the page is made from, and what it may ask for. */
export interface Context {
  readonly session: Session;
  readonly cloud: Cloud;
  readonly route: Route;
  /** Search words, lower case. */
  readonly words: readonly string[];
  readonly allProjects: boolean;
  /** Collections that have been read at least once. */
  readonly loaded: ReadonlySet<CollectionName>;
  readonly problems: ReadonlyMap<CollectionName, Error>;
  /** Since when nobody answers. */
  readonly silentSince: Date | undefined;
  /** When the newest answer came. */
  readonly seen: Date | undefined;
  readonly console: ConsoleLog;
  readonly sorting: ReadonlyMap<string, Sorting>;
  /** In each group of tiles the one that the tabulator key reaches. */
  readonly reached: ReadonlyMap<string, string>;
  readonly actions: Actions;
}

export interface Actions {
  search(text: string): void;
  sort(table: string, column: string): void;
  showAllProjects(all: boolean): void;
  reach(group: string, key: string): void;
  readConsole(): void;
  followConsole(follow: boolean): void;
  openTerminal(): void;
  signOut(): void;
}
