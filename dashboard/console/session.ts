/** Spoken by our own server: text messages are documents, and why a console closed is told by the reason. */
const SUBPROTOCOL = 'ovenbird.console';

/** Which server's console this is. */
export interface ServerName {
  readonly id: string;
  readonly name: string;
}

/** The token in the page's address, by itself or as noVNC has it (`path=…?token=…`), which is then cut off. */
export function takeToken(): string | undefined {
  const query = new URLSearchParams(location.search);
  const path = query.get('path') ?? '';
  const token =
    query.get('token') ?? new URLSearchParams(path.slice(path.indexOf('?') + 1)).get('token');
  // Not in the history, nor in what is sent on as a link: it opens nothing a second time.
  if (token !== null) history.replaceState(null, '', location.pathname);
  return token ?? undefined;
}

/** Says how it goes; `isOver`: nothing more comes. */
export function tell(text: string, isOver = false): void {
  const state = document.querySelector('#state')!;
  state.textContent = text;
  const again = document.querySelector<HTMLElement>('#again')!;
  again.hidden = !isOver;
  state.classList.toggle('over', isOver);
}

/**
 * Opens the console that the page's address names. `begin` is called once the server's side is there, before any byte
 * of it comes; `end` when it is over.
 */
export function connect(
  token: string | undefined,
  parameters: Readonly<Record<string, string>>,
  begin: (socket: WebSocket) => void,
  end: () => void,
): void {
  if (token === undefined) {
    tell('This address opens no console any more.', true);
    return;
  }
  const address = new URL(location.pathname, location.href);
  address.protocol = address.protocol === 'https:' ? 'wss:' : 'ws:';
  address.search = new URLSearchParams({ token, ...parameters }).toString();
  const socket = new WebSocket(address, SUBPROTOCOL);
  socket.binaryType = 'arraybuffer';
  socket.addEventListener(
    'message',
    ({ data }) => {
      const { server } = JSON.parse(String(data)) as { server: ServerName };
      document.title = `${server.name} – ${document.title}`;
      const name = document.querySelector<HTMLElement>('#name')!;
      name.textContent = server.name;
      name.title = server.id;
      tell('Connected');
      begin(socket);
    },
    { once: true },
  );
  socket.addEventListener('close', ({ reason }) => {
    tell(reason === '' ? 'The connection was lost.' : reason, true);
    end();
  });
}
