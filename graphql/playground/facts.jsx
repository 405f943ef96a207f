// What stands below a result: what it cost, what is left, its request id, how often SQL was asked, its REST twin.
import { useGraphiQL } from '@graphiql/react';
import { useEffect, useRef, useState } from 'react';
import { asText, exampleOf, parsed, twin } from './examples.js';
import { onAnswer } from './fetcher.js';
import { freshKey } from './keys.js';

export function Facts() {
  const { tabs, activeTabIndex, headerEditor } = useGraphiQL((state) => ({
    tabs: state.tabs,
    activeTabIndex: state.activeTabIndex,
    headerEditor: state.headerEditor,
  }));
  const tab = tabs[activeTabIndex];
  const active = useRef(tab.id);
  useEffect(() => {
    active.current = tab.id;
  }, [tab.id]);
  const [all, setAll] = useState({});
  useEffect(() => onAnswer((facts) => setAll((known) => ({ ...known, [active.current]: facts }))), []);

  const example = exampleOf(tab);
  const renew = () => headerEditor.setValue(asText({ ...parsed(tab.headers), 'Idempotency-Key': freshKey() }));
  return (
    <div className="facts">
      <Numbers facts={all[tab.id]} renew={renew} />
      {example?.curl && <Twin curl={twin(example, tab.headers)} />}
    </div>
  );
}

function Numbers({ facts, renew }) {
  if (!facts) {
    return null;
  }
  const { cost, left, limit, statements, replayed, requestId, retryAfter } = facts;
  return (
    <ul className="numbers" aria-label="About this result" aria-live="polite">
      {cost && (
        <li>
          cost <b>{cost}</b>
        </li>
      )}
      {left && (
        <li>
          <b>{left}</b> of {limit} left
        </li>
      )}
      {statements && (
        <li>
          <b>{statements}</b> SQL {statements === '1' ? 'statement' : 'statements'}
        </li>
      )}
      {retryAfter && (
        <li>
          try again in <b>{retryAfter} s</b>
        </li>
      )}
      {replayed && (
        <li>
          replayed: the key is known{' '}
          <button type="button" onClick={renew}>
            fresh key
          </button>
        </li>
      )}
      <li>
        request <code>{requestId}</code>
      </li>
    </ul>
  );
}

function Twin({ curl }) {
  return (
    <section className="twin" aria-label="REST twin">
      <header>
        The same over REST <Copy text={curl} />
      </header>
      <pre tabIndex={0}>{curl}</pre>
    </section>
  );
}

function Copy({ text }) {
  const [done, setDone] = useState(false);
  if (!navigator.clipboard) {
    return null; // there is none where the page came over plain HTTP
  }
  const copy = async () => {
    await navigator.clipboard.writeText(text);
    setDone(true);
    setTimeout(() => setDone(false), 1500);
  };
  return (
    <button type="button" onClick={copy}>
      {done ? 'copied' : 'copy'}
    </button>
  );
}
