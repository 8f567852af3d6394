import type { ResourceType } from '../type.ts';
import { image, webImage } from './web-image.ts';

/** What the image service has. */
export const imageTypes: readonly ResourceType[] = [webImage, image];
