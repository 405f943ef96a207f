"""Random questions about real products get the answers of a look at every product, over every surface."""

import pytest

from app.domain.catalogue import product_candidates
from app.domain.search import relevance
from tests.behaviour import questions
from tests.service import Service


@pytest.mark.slow
async def test_questions(shared_url: str, bestbuy_lines: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    """100 questions about 600 products: corrections, hits, order, totals and facets; all of it is 1,000 about all.

    The second time only 20 products may be candidates, and every word is taken for a common one.
    """
    async with Service(shared_url, checked=False, cache_bytes=0) as service:
        library = await questions.load(service, questions.furnished(bestbuy_lines, 600))
        asked = [(one, library.answer(one)) for one in library.questions(100, seed=20)]
        assert not await questions.differences(service, asked)
        monkeypatch.setattr(product_candidates, "MOST", 20)
        monkeypatch.setattr(relevance, "HEAD_FROM", 0)
        assert not await questions.differences(service, asked)
    assert sum(bool(answer.ids) for _, answer in asked) > 50
    assert sum(answer.corrected is not None for _, answer in asked) > 3
