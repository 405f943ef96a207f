// The pictures of a product: one in front, chosen among small ones by the mouse or the arrow keys.

import { el } from '../dom.js';
import { picture } from '../picture.js';

const LARGE = '(max-width: 800px) 90vw, 36rem';

/** The product's pictures. `show(imageId)` on the element puts one of them in front. */
export function gallery({ name, images }) {
  const large = (image) => picture({ name, image }, { alt: image?.alt || name, eager: true, sizes: LARGE });
  const whole = el('div', { class: 'gallery' }, large(images[0]));
  const show = (image) => whole.firstChild.replaceWith(large(image));
  const choices = images.map((image, place) => {
    const alt = image.alt || `Picture ${place + 1} of ${images.length}`;
    const choice = el('input', { type: 'radio', name: 'picture', class: 'unseen', checked: place === 0, onchange: () => show(image) });
    return { image, choice, label: el('label', {}, choice, picture({ name, image }, { alt, sizes: '4.5rem' })) };
  });
  if (images.length > 1) {
    whole.append(el('fieldset', { class: 'thumbs' }, el('legend', { class: 'unseen' }, 'Pictures'), ...choices.map(({ label }) => label)));
  }
  whole.show = (imageId) => {
    const chosen = choices.find(({ image }) => image.imageId === imageId);
    if (!chosen) return;
    chosen.choice.checked = true;
    show(chosen.image);
  };
  return whole;
}
