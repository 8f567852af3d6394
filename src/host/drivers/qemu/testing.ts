import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { imageOf, type TestImage } from '../../testing.ts';

/**
 * A guest of 82 bytes that is up in a fraction of a second, for tests that need a machine but no system in it. It
 * writes three lines to its serial port, gives back what is typed there, and switches itself off when its power button
 * is pressed (ACPI: PM1 status, enable and control at 0x600, where SeaBIOS puts them). Assembled from:
 *
 *            xor ax,ax; mov ds,ax; mov dx,0x602; mov ax,0x100; out dx,ax     ; power button enabled
 *            cld; mov si,text
 *     write: lodsb; test al,al; jz wait; call put; jmp write
 *     wait:  sti; hlt                                                         ; next tick
 *            mov dx,0x3fd; in al,dx; test al,1; jz button
 *            mov dx,0x3f8; in al,dx; call put                                 ; typed
 *     button: mov dx,0x600; in ax,dx; test ah,1; jz wait
 *            mov dx,0x604; mov ax,0x2000; out dx,ax; jmp wait                 ; S5
 *     put:   mov dx,0x3f8; out dx,al; ret
 *     text:  "one\r\ntwo\r\nthree\r\n", 0
 */
const GUEST =
  'McCO2LoCBrgAAe/8vkF8rITAdAXoJQDr9vv0uv0D7KgBdAe6+APs6BIAugAG7fbEAXTmugQGuAAg7+vduvgD7sNvbmUNCnR3bw0KdGhyZWUNCgA=';

/** The guest as an image: a raw disk of one sector. */
export async function tinyGuest(folder: string): Promise<TestImage> {
  const sector = Buffer.alloc(512);
  Buffer.from(GUEST, 'base64').copy(sector);
  sector.writeUInt16LE(0xaa55, 510);
  const file = path.join(folder, 'guest.raw');
  await writeFile(file, sector);
  const image = await imageOf(file);
  return { ...image, wish: { ...image.wish, containerFormat: 'bare', diskFormat: 'raw' } };
}
