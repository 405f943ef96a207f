// The playground: GraphiQL with the explorer, the examples in its tabs, and what is to know beside each result.
import 'graphiql/setup-workers/vite';
import { explorerPlugin } from '@graphiql/plugin-explorer';
import { ToolbarButton, useGraphiQL } from '@graphiql/react';
import { GraphiQL } from 'graphiql';
import { createRoot } from 'react-dom/client';
import '@graphiql/react/style.css';
import '@graphiql/plugin-doc-explorer/style.css';
import '@graphiql/plugin-explorer/style.css';
import 'graphiql/graphiql.css';
import './playground.css';
import { Facts } from './facts.jsx';
import { fetcher } from './fetcher.js';
import { exampleOf } from './examples.js';
import { keepMended } from './mend.js';
import { addressOf, defaultHeaders, openTabs, storage } from './tabs.js';

const plugins = [explorerPlugin()];
const initial = openTabs();

function Share() {
  const tab = useGraphiQL(({ tabs, activeTabIndex }) => tabs[activeTabIndex]);
  const share = () => {
    const address = addressOf(tab);
    history.replaceState(null, '', address);
    navigator.clipboard?.writeText(address);
  };
  return (
    <ToolbarButton label="Copy the address of this operation" onClick={share}>
      <svg className="graphiql-toolbar-icon" viewBox="0 0 16 16" fill="none" stroke="currentColor" aria-hidden="true">
        <path d="M6.5 9.5a3 3 0 0 0 4.3 0l2.3-2.3a3 3 0 0 0-4.3-4.3l-.9.9M9.5 6.5a3 3 0 0 0-4.3 0L2.9 8.8a3 3 0 0 0 4.3 4.3l.9-.9" />
      </svg>
    </ToolbarButton>
  );
}

// The address names the example at hand; that of an edited operation is long, and is only made when it is asked for.
function nameInAddress({ tabs, activeTabIndex }) {
  const example = exampleOf(tabs[activeTabIndex]);
  history.replaceState(null, '', example ? `#${example.name}` : location.pathname);
}

// An address that someone goes to while the page is open.
addEventListener('hashchange', () => location.reload());

createRoot(document.getElementById('playground')).render(
  <GraphiQL
    fetcher={fetcher}
    plugins={plugins}
    storage={storage}
    defaultHeaders={defaultHeaders}
    shouldPersistHeaders
    showPersistHeadersSettings={false}
    onTabChange={nameInAddress}
    {...initial}
  >
    <GraphiQL.Logo>
      <nav aria-label="Tandem">
        <a href="./">Tandem</a>
        <a href="docs">REST</a>
        <a href="shop">Shop</a>
      </nav>
    </GraphiQL.Logo>
    <GraphiQL.Toolbar>
      {({ prettify, copy, merge }) => (
        <>
          {prettify}
          {merge}
          {copy}
          <Share />
        </>
      )}
    </GraphiQL.Toolbar>
    <GraphiQL.Footer>
      <Facts />
    </GraphiQL.Footer>
  </GraphiQL>,
);

// GraphiQL says that list items with two buttons in them are tabs; a tab is one button, and Delete closes it. The
// explorer's fields have no names.
keepMended(() => {
  for (const field of document.querySelectorAll('[data-arg-name] :is([type=text], select):not([aria-label])')) {
    field.setAttribute('aria-label', field.closest('[data-arg-name]').dataset.argName);
  }
  document.querySelector('.graphiql-plugin form > select:not([aria-label])')?.setAttribute('aria-label', 'What to add');
  for (const item of document.querySelectorAll('.graphiql-tab[aria-selected]')) {
    const [tab, close] = item.children;
    tab.setAttribute('role', 'tab');
    tab.setAttribute('aria-selected', item.getAttribute('aria-selected'));
    tab.onkeydown = ({ key }) => key === 'Delete' && close?.click();
    close?.setAttribute('aria-hidden', 'true');
    close?.setAttribute('tabindex', '-1');
    if (item.ariaSelected === 'true') {
      item.scrollIntoView({ block: 'nearest', inline: 'nearest' });
    }
    item.setAttribute('role', 'presentation');
    item.removeAttribute('aria-selected');
  }
});
