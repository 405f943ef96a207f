// Amounts as the API gives them, exact decimal strings, as people read them.

/** An amount with its own decimals: Intl goes by CLDR, which has none for HUF or IQD, where ISO 4217 has two or three. */
export function money(amount, currency) {
  const digits = (amount.split('.')[1] ?? '').length;
  const decimals = { minimumFractionDigits: digits, maximumFractionDigits: digits };
  return new Intl.NumberFormat('en', { style: 'currency', currency, currencyDisplay: 'narrowSymbol', ...decimals }).format(amount);
}

/** The sum of `[amount, quantity]` pairs of one currency, without rounding. */
export function total(pairs) {
  const decimals = Math.max(0, ...pairs.map(([amount]) => (amount.split('.')[1] ?? '').length));
  const units = pairs.reduce((sum, [amount, quantity]) => sum + inUnits(amount, decimals) * BigInt(quantity), 0n);
  const digits = units.toString().padStart(decimals + 1, '0');
  return decimals ? `${digits.slice(0, -decimals)}.${digits.slice(-decimals)}` : digits;
}

function inUnits(amount, decimals) {
  const [whole, part = ''] = amount.split('.');
  return BigInt(whole + part.padEnd(decimals, '0'));
}
