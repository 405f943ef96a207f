// A product's image, as large as it is shown.

import { el } from './dom.js';

const SHOWN = 'url width height w160: url(width: 160) w320: url(width: 320) w640: url(width: 640)';
/** What is asked of an image, so that it can be shown. */
export const IMAGE = `image { ${SHOWN} }`;
/** What is asked of all images of a product. */
export const IMAGES = `images { imageId alt ${SHOWN} }`;

/** A product's image in a frame. `sizes` says how wide it is shown: the browser takes the smallest that will do. */
export function picture({ image, name }, { alt = '', eager = false, sizes = '14rem' } = {}) {
  if (!image) return el('div', { class: 'frame', 'data-letter': [...name][0], 'aria-hidden': 'true' });
  const { url, width, height } = image;
  const smaller = [160, 320, 640].filter((one) => one < width).map((one) => `${image[`w${one}`]} ${one}w`);
  const given = { src: url, srcset: [...smaller, `${url} ${width}w`].join(', '), sizes };
  return el('div', { class: 'frame' }, el('img', { ...given, alt, loading: eager ? 'eager' : 'lazy', decoding: 'async', width, height }));
}
