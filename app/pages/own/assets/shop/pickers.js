// The choice of a variant: a group of radio buttons for each option.

import { el } from '../dom.js';

const valuesOf = ({ options }) => new Map(options.map(({ name, value }) => [name, value]));

/** The variant that has these values, if the product is made so. */
const find = (variants, values) => variants.find((variant) => [...valuesOf(variant)].every(([name, value]) => values.get(name) === value));

/** The pickers of a product's options; `onChoose` gets each variant that is chosen, and the first one at once. */
export function pickers({ options, variants }, onChoose) {
  const chosen = valuesOf(variants.find(({ stock }) => stock !== 0) ?? variants[0]);
  const groups = options.map((option, place) => group(option, place, chosen.get(option.name), (value) => choose(option.name, value)));
  const choose = (name, value) => {
    chosen.set(name, value);
    for (const { mark } of groups) mark((option, other) => find(variants, new Map(chosen).set(option, other)));
    onChoose(find(variants, chosen));
  };
  choose(options[0].name, chosen.get(options[0].name));
  return groups.map(({ element }) => element);
}

/** One option. `mark` says of each value what becomes of it with the other options as they are chosen. */
function group({ name, values }, place, first, onPick) {
  const choices = values.map((value) => {
    const hint = el('span', { class: 'unseen' });
    const radio = el('input', { type: 'radio', name: `option-${place}`, class: 'unseen', checked: value === first, onchange: () => onPick(value) });
    return { value, hint, label: el('label', {}, radio, value, hint) };
  });
  const mark = (variantOf) => {
    for (const { value, hint, label } of choices) {
      const variant = variantOf(name, value);
      hint.textContent = !variant ? 'not made' : variant.stock === 0 ? 'sold out' : '';
      label.className = hint.textContent ? 'gone' : '';
    }
  };
  return { mark, element: el('fieldset', { class: 'picker' }, el('legend', {}, name), ...choices.map(({ label }) => label)) };
}
