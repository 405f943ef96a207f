// What a page keeps in the browser. Extensions, older versions and curious people write there too: what does not fit is none.

/** A kept value, if it `fits`; else null. */
export function kept(name, fits) {
  try {
    const value = JSON.parse(localStorage.getItem(name));
    return fits(value) ? value : null;
  } catch {
    return null;
  }
}

export const keep = (name, value) => localStorage.setItem(name, JSON.stringify(value));

export const isCount = (value) => Number.isInteger(value) && value > 0;
