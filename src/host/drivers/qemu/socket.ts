import { closeSync, constants, openSync } from 'node:fs';
import { connect, type Socket } from 'node:net';

/**
 * Connects to a unix socket in a folder. Addresses of sockets have 107 characters at most (unix(7)), which a folder of
 * a server easily exceeds: the kernel is given the open folder instead of its name.
 */
export function connectIn(folder: string, name: string): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const descriptor = openSync(folder, constants.O_RDONLY | constants.O_DIRECTORY);
    const socket = connect(`/proc/self/fd/${descriptor}/${name}`);
    const failed = (error: Error) => {
      closeSync(descriptor);
      reject(error);
    };
    socket.once('error', failed);
    socket.once('connect', () => {
      closeSync(descriptor);
      socket.removeListener('error', failed);
      resolve(socket);
    });
  });
}
