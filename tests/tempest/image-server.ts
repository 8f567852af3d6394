import { createServer, type Server } from 'node:http';

/** Where an image is for those tests that import one from an address; the cloud's options name it too. */
export const IMAGE_PORT = 17_871;
export const IMAGE_ADDRESS = `http://127.0.0.1:${IMAGE_PORT}/image`;

/** Serves the image until it is closed; undefined when another run on this machine does already. */
export function serveImage(): Promise<Server | undefined> {
  const server = createServer((_request, response) => response.end(Buffer.alloc(65_536, 'image')));
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) =>
      error.code === 'EADDRINUSE' ? resolve(undefined) : reject(error),
    );
    server.listen(IMAGE_PORT, '127.0.0.1', () => resolve(server));
  });
}
