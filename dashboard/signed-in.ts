import { readConsole, terminalAddress } from './api/console.ts';
import { ApiError } from './api/request.ts';
import { signOut, type Session } from './api/session.ts';
import { cloudOf, EMPTY, partOfProject, type Cloud } from './model/cloud.ts';
import { routeOf, linkTo, type Route } from './model/route.ts';
import { wordsOf } from './model/search.ts';
import { INTERVAL, Reader, type Reading } from './refresh.ts';
import type { Actions, ConsoleLog, Context, Sorting } from './view/context.ts';
import { page, titleOf } from './view/page.ts';
import { patch } from './view/patch.ts';

const NO_CONSOLE: ConsoleLog = { text: undefined, error: undefined, busy: false, follow: false };

/** The page of a person who is signed in: what it knows, when it asks, what it does. One for each session. */
export class SignedIn implements Actions {
  readonly #root: Element;
  readonly #session: Session;
  /** Called once, when the session has ended; with a sentence if it was not the person's wish. */
  readonly #ended: (sentence: string | undefined) => void;
  readonly #life = new AbortController();
  readonly #reader: Reader;
  readonly #sorting = new Map<string, Sorting>();
  readonly #reached = new Map<string, string>();
  #cloud: Cloud = cloudOf(EMPTY);
  #reading: Reading | undefined;
  #route: Route = routeOf(location.hash);
  #search = '';
  #allProjects = false;
  #silentSince: Date | undefined;
  #seen: Date | undefined;
  #console: ConsoleLog = NO_CONSOLE;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #busy = false;
  #again = false;

  constructor(root: Element, session: Session, ended: (sentence: string | undefined) => void) {
    this.#root = root;
    this.#session = session;
    this.#ended = ended;
    this.#reader = new Reader(session);
  }

  /** Takes the page over until the session ends. */
  start(): void {
    const { signal } = this.#life;
    window.addEventListener('hashchange', () => this.#navigate(), { signal });
    window.addEventListener('keydown', (event) => this.#key(event), { signal });
    document.addEventListener('visibilitychange', () => void this.#refresh(), { signal });
    this.#draw();
    void this.#refresh();
    if (this.#route.server !== undefined) this.readConsole();
  }

  search(text: string): void {
    this.#search = text;
    this.#draw();
  }

  sort(table: string, column: string): void {
    const present = this.#sorting.get(table);
    const descending = present?.column === column && !present.descending;
    this.#sorting.set(table, { column, descending });
    this.#draw();
  }

  showAllProjects(all: boolean): void {
    this.#allProjects = all;
    this.#arrange();
    this.#draw();
    void this.#refresh();
  }

  reach(group: string, key: string): void {
    if (this.#reached.get(group) === key) return;
    this.#reached.set(group, key);
    this.#draw();
  }

  readConsole(): void {
    void this.#readConsole();
  }

  followConsole(follow: boolean): void {
    this.#console = { ...this.#console, follow };
    if (follow) this.readConsole();
  }

  openTerminal(): void {
    const { server } = this.#route;
    if (server === undefined) return;
    // At once, as long as the browser knows that it was asked for.
    const tab = window.open('about:blank', '_blank');
    void this.#openTerminal(server, tab ?? window);
  }

  signOut(): void {
    this.#end(undefined);
    void signOut(this.#session);
  }

  #end(sentence: string | undefined): void {
    if (this.#life.signal.aborted) return;
    clearTimeout(this.#timer);
    this.#life.abort();
    this.#ended(sentence);
  }

  /** Reads the cloud now and, unless nobody looks, again after a while. */
  async #refresh(): Promise<void> {
    clearTimeout(this.#timer);
    if (document.hidden) return;
    if (this.#busy) {
      this.#again = true;
      return;
    }
    this.#busy = true;
    const { signal } = this.#life;
    try {
      if (this.#console.follow) this.readConsole();
      const reading = await this.#reader.read(this.#allProjects, signal);
      this.#take(reading);
    } catch (error) {
      this.#busy = false;
      if (signal.aborted) return;
      if (this.#isRefused(error)) return;
      throw error;
    }
    this.#busy = false;
    const wait = this.#again ? 0 : INTERVAL;
    this.#again = false;
    this.#timer = setTimeout(() => void this.#refresh(), wait);
  }

  #take(reading: Reading): void {
    this.#reading = reading;
    if (reading.silent) {
      this.#silentSince ??= new Date();
    } else {
      this.#silentSince = undefined;
      this.#seen = new Date();
    }
    if (reading.changed) this.#arrange();
    this.#draw();
  }

  /** Leads from what was read to what is shown. */
  #arrange(): void {
    if (this.#reading === undefined) return;
    const { collections } = this.#reading;
    this.#cloud = cloudOf(
      this.#session.isAdmin && !this.#allProjects
        ? partOfProject(collections, this.#session.project.id)
        : collections,
    );
  }

  /** Whether an error says that the token is no longer good; then the session has ended. */
  #isRefused(error: unknown): boolean {
    if (!(error instanceof ApiError) || error.status !== 401) return false;
    this.#end(`You have been signed out. ${error.message}`);
    return true;
  }

  async #readConsole(): Promise<void> {
    const { server } = this.#route;
    if (server === undefined || this.#console.busy) return;
    this.#console = { ...this.#console, busy: true };
    this.#draw();
    let outcome: Partial<ConsoleLog>;
    try {
      const text = await readConsole(server, this.#session, this.#life.signal);
      outcome = { text, error: undefined };
    } catch (error) {
      if (this.#life.signal.aborted || this.#isRefused(error)) return;
      outcome = { error: error as Error };
    }
    // The panel may show another server by now.
    if (this.#route.server !== server) return;
    this.#console = { ...this.#console, ...outcome, busy: false };
    this.#draw();
  }

  async #openTerminal(server: string, tab: Window): Promise<void> {
    try {
      const address = await terminalAddress(server, this.#session, this.#life.signal);
      if (tab !== window) tab.opener = null;
      tab.location.replace(address);
    } catch (error) {
      if (tab !== window) tab.close();
      if (this.#life.signal.aborted || this.#isRefused(error)) return;
      this.#console = { ...this.#console, error: error as Error };
      this.#draw();
    }
  }

  #navigate(): void {
    const before = this.#route;
    this.#route = routeOf(location.hash);
    if (before.server !== this.#route.server) this.#console = NO_CONSOLE;
    this.#draw();
    if (before.view !== this.#route.view) window.scrollTo(0, 0);
    if (before.server === this.#route.server) return;
    if (this.#route.server !== undefined) {
      document.getElementById('panel-title')?.focus({ preventScroll: true });
      this.readConsole();
    } else if (before.view === this.#route.view && before.server !== undefined) {
      // Back to where the panel was opened from.
      const opener = `main [data-server="${CSS.escape(before.server)}"]`;
      this.#root.querySelector<HTMLElement>(opener)?.focus({ preventScroll: true });
    }
  }

  #key(event: KeyboardEvent): void {
    if (event.key === 'Escape' && this.#route.server !== undefined && !event.defaultPrevented) {
      location.hash = linkTo({ view: this.#route.view, server: undefined });
    }
  }

  #draw(): void {
    const context: Context = {
      session: this.#session,
      cloud: this.#cloud,
      route: this.#route,
      words: wordsOf(this.#search),
      allProjects: this.#allProjects,
      loaded: this.#reading?.loaded ?? new Set(),
      problems: this.#reading?.problems ?? new Map(),
      silentSince: this.#silentSince,
      seen: this.#seen,
      console: this.#console,
      sorting: this.#sorting,
      reached: this.#reached,
      actions: this,
    };
    document.title = `${titleOf(this.#route.view)} · ${this.#session.project.name} · Ovenbird`;
    const end = atEnd();
    patch(this.#root, page(context));
    // A reader at the end of the console log stays there when it grows.
    const log = document.getElementById('console-text');
    if (log && end) log.scrollTop = log.scrollHeight;
  }
}

function atEnd(): boolean {
  const log = document.getElementById('console-text');
  return log === null || log.scrollTop + log.clientHeight >= log.scrollHeight - 4;
}
