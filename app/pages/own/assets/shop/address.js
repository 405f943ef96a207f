// What is shown, as the page's address says it: /shop?category=7&q=tea&brand=Norden&sort=name&stock=1, or /shop?product=12.

const NAMES = ['q', 'category', 'sort', 'stock', 'price', 'product'];
const LISTS = ['brand', 'tag', 'material'];

export function read() {
  const given = new URLSearchParams(location.search);
  const single = NAMES.map((name) => [name, given.get(name) ?? '']);
  return Object.fromEntries([...single, ...LISTS.map((name) => [name, given.getAll(name).filter(Boolean)])]);
}

export function to(shown) {
  const single = NAMES.filter((name) => shown[name]).map((name) => [name, shown[name]]);
  const lists = LISTS.flatMap((name) => (shown[name] ?? []).map((value) => [name, value]));
  const given = new URLSearchParams([...single, ...lists]);
  return given.size ? `shop?${given}` : 'shop';
}

let listener = () => {};
export function onChange(heard) {
  listener = heard;
  addEventListener('popstate', () => heard(read()));
}

export function go(shown, { replace = false } = {}) {
  if (new URL(to(shown), location).search === location.search) return;
  history[replace ? 'replaceState' : 'pushState'](null, '', to(shown));
  listener(read());
}

/** Links within the shop change what is shown; with a modifier, or another button, they are the browser's. */
export function followLinks() {
  document.addEventListener('click', (event) => {
    const link = event.target.closest?.('a[href^="shop"]');
    if (!link || event.button || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    const url = new URL(link.href);
    if (url.search !== location.search) history.pushState(null, '', url.pathname + url.search);
    listener(read());
  });
}
