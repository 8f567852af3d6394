import type { Socket } from 'node:net';
import { definite } from '../../fault.ts';
import type { ConsoleKind, OpenConsole } from '../driver.ts';
import { endOfConsole } from './console.ts';
import type { MachineFolder } from './folder.ts';
import { FILES } from './machine.ts';
import { connectIn } from './socket.ts';

/** So much of what was printed before is shown in a terminal that is opened, in bytes. */
const BEFORE = 8_192;

/** Escape sequences but those for colours: ECMA-48's control sequences, strings, and the rest. */
// oxlint-disable-next-line no-control-regex -- they are control characters
const ESCAPES = /\x1b(?:\[[0-?]*[ -/]*[@-ln-~]|[\]PX^_][^\x07\x1b]*(?:\x07|\x1b\\)?|[^[\]PX^_])/g;

/**
 * Consoles of machines. QEMU serves its serial port to one connection at a time: who comes later takes over, and who
 * was there is told. Its VNC server lets several look.
 */
export class MachineConsoles {
  readonly #terminals = new Map<string, { readonly socket: Socket; isTaken: boolean }>();

  async open(serverId: string, folder: MachineFolder, kind: ConsoleKind): Promise<OpenConsole> {
    return kind === 'terminal' ? this.#terminal(serverId, folder) : this.#display(folder);
  }

  async #terminal(serverId: string, folder: MachineFolder): Promise<OpenConsole> {
    const before = await endOfConsole(folder.file('console'), { lines: 24, bytes: BEFORE });
    const former = this.#terminals.get(serverId);
    if (former !== undefined) {
      former.isTaken = true;
      former.socket.destroy();
    }
    const socket = await connect(folder, FILES.serial);
    const terminal = { socket, isTaken: false };
    this.#terminals.set(serverId, terminal);
    socket.once('close', () => {
      if (this.#terminals.get(serverId) === terminal) this.#terminals.delete(serverId);
    });
    return {
      stream: socket,
      // A question to the terminal in it would be answered to the machine, as if somebody had typed.
      before: Buffer.from(before.toString('latin1').replaceAll(ESCAPES, ''), 'latin1'),
      ending: async () =>
        terminal.isTaken
          ? 'Somebody else has opened this console.'
          : 'The server does not run any more.',
      close: async () => void socket.destroy(),
    };
  }

  async #display(folder: MachineFolder): Promise<OpenConsole> {
    const socket = await connect(folder, FILES.display);
    return {
      stream: socket,
      ending: async () => 'The server does not run any more, or its screen was taken over.',
      close: async () => void socket.destroy(),
    };
  }
}

async function connect(folder: MachineFolder, name: string): Promise<Socket> {
  try {
    return await connectIn(folder.path, name);
  } catch {
    throw definite('its console does not answer');
  }
}
