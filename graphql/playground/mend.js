// Repairs what others' components leave undone for those who do not see it or do not point at it, whenever it appears.

/** Runs a repair now, and after each change of the page; one that finds nothing to do must change nothing. */
export function keepMended(repair) {
  new MutationObserver(repair).observe(document.body, {
    attributeFilter: ['aria-selected'],
    childList: true,
    subtree: true,
  });
  repair();
}
