"""Amounts on the pages: what is shown is what is charged, in every currency of ISO 4217."""

from app.domain.money import DECIMALS
from tests.browser.conftest import Visit
from tests.servers import Server

FORMAT = """async (amounts) => {
    const { money, total } = await import(document.querySelector('link[href$="/money.js"]').href);
    return amounts.map(([amount, currency]) => [money(amount, currency), total([[amount, 3]])]);
}"""
AMOUNTS = {0: "1300", 2: "1299.95", 3: "1.255", 4: "1299.9551"}
TOTALS = {0: "3900", 2: "3899.85", 3: "3.765", 4: "3899.8653"}


def test_every_currency(server: Server, visit: Visit) -> None:
    """An amount keeps all its decimals, which browsers would round in HUF, IDR, LAK or IQD; sums are exact."""
    page = visit(server).open("/shop")
    asked = [[AMOUNTS[decimals], currency] for currency, decimals in DECIMALS.items()]
    assert len(asked) > 100
    for (currency, decimals), (shown, total) in zip(DECIMALS.items(), page.evaluate(FORMAT, asked), strict=True):
        assert "".join(c for c in shown if c.isdigit() or c == ".") == AMOUNTS[decimals], currency
        assert total == TOTALS[decimals], currency
