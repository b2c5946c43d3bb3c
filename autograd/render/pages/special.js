// The error function, which JavaScript lacks: its series with positive terms only, and beyond 2 the continued fraction
// of erfc.
function expOfMinusSquare(x) {
  const high = Math.fround(x); // its square is exact
  return Math.exp(-high * high) * Math.exp(-(x - high) * (x + high));
}

function erf(x) {
  if (Math.abs(x) > 2) return x < 0 ? erfc(-x) - 1 : 1 - erfc(x);
  let term = x, sum = x;
  for (let n = 1; n < 100 && Math.abs(term) > 1e-18 * Math.abs(sum); n++) sum += term *= 2 * x * x / (2 * n + 1);
  return 2 / Math.sqrt(Math.PI) * expOfMinusSquare(x) * sum;
}

function erfc(x) {
  if (!(x > 2)) return 1 - erf(x);
  if (x > 28) return 0;
  let below = x;
  for (let n = 100; n > 0; n--) below = x + n / 2 / below;
  return expOfMinusSquare(x) / Math.sqrt(Math.PI) / below;
}
