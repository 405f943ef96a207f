// The open tabs: the examples to begin with, and from then on whatever this browser tab made of them.
import { asText, exampleOf, examples, NO_KEY } from './examples.js';
import { freshKey } from './keys.js';

const TABS = 'graphiql:tabState';

export const defaultHeaders = asText({ Authorization: NO_KEY });

// What GraphiQL keeps: tabs, with the API keys in them, live as long as the browser's tab; its looks live on.
export const storage = {
  getItem: (name) => home(name).getItem(name),
  setItem: (name, value) => home(name).setItem(name, value),
  removeItem: (name) => home(name).removeItem(name),
  clear: () => [sessionStorage, localStorage].forEach(clear), // the shop keeps its basket and its orders here, too
  get length() {
    return localStorage.length + sessionStorage.length;
  },
};

function clear(kept) {
  for (const name of Object.keys(kept)) if (name.startsWith('graphiql:')) kept.removeItem(name);
}

function home(name) {
  return /:(tabState|query|variables|headers|operationName)$/.test(name) ? sessionStorage : localStorage;
}

// Opens the tabs with the one in front that the address asks for, and says what is in that one: GraphiQL shows nothing
// of a first tab's variables and headers unless it is told them again (graphiql#3392).
export function openTabs() {
  const stored = keptTabs();
  const tabs = stored?.tabs ?? examples.map(asTab);
  let active = stored?.activeTabIndex ?? 0;
  const asked = askedFor(new URLSearchParams(location.hash.slice(1)));
  if (asked) {
    active = tabs.findIndex((tab) => tab.query === asked.query && (tab.variables ?? '') === asked.variables);
    if (active < 0) {
      active = tabs.push(asTab(asked)) - 1;
    }
  }
  storage.setItem(TABS, JSON.stringify({ tabs, activeTabIndex: active }));
  const { query, variables, headers } = tabs[active];
  return { initialQuery: query, initialVariables: variables ?? '', initialHeaders: headers ?? defaultHeaders };
}

function keptTabs() {
  try {
    const stored = JSON.parse(storage.getItem(TABS));
    return stored.tabs[stored.activeTabIndex].query !== undefined && stored.tabs.every((tab) => tab.id) ? stored : null;
  } catch {
    return null; // nothing yet, or what somebody else wrote there
  }
}

function askedFor(fragment) {
  const [name] = fragment.keys();
  if (name !== 'query') {
    return examples.find((example) => example.name === name);
  }
  return { query: fragment.get('query'), variables: fragment.get('variables') ?? '' };
}

// The address that opens a tab elsewhere. Headers are not in it: they may hold a key.
export function addressOf(tab) {
  const example = exampleOf(tab);
  const fragment = example?.name ?? new URLSearchParams({ query: tab.query ?? '', variables: tab.variables ?? '' });
  return `${location.origin}${location.pathname}#${fragment}`;
}

function asTab({ query, variables, key }) {
  const name = /^\s*(?:query|mutation)\s+(\w+)/m.exec(query)?.[1] ?? null;
  return {
    id: freshKey(),
    title: name ?? '<untitled>',
    query,
    variables,
    headers: key ? asText({ Authorization: NO_KEY, 'Idempotency-Key': freshKey() }) : defaultHeaders,
    operationName: name,
    response: null,
  };
}
