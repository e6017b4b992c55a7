/** Texts that have broken servers: for parsers, for PostgreSQL, for logs and terminals, for pages. */
export const HOSTILE_TEXTS = [
  "", " ", "\0", "a\0b", "\ud800", "a\udfffb", "\udc00\ud800", "\u202eabc", "\u200b\ufeff\u2060", "e\u0301", "İ", "ß", "👩‍👩‍👧‍👦", "\u0301".repeat(300), "\r\n\t\v\f", "\x1b[31m\x07", "\u2028\u2029",
  "x".repeat(300), "x".repeat(5_000), "x".repeat(100_000), "é".repeat(50_000), "a ".repeat(40_000), "(".repeat(20_000), '"'.repeat(20_000), "\\".repeat(20_000), "-".repeat(20_000),
  "'", "''", '"', '"""', "\\", "\\'", "`", ";", "--", "/*", "*/", "$1", "$$", ":1", "?", "%", "_", "%_%", "'; DROP TABLE papers; --", "' OR '1'='1", "1); SELECT pg_sleep(10); --", "' UNION SELECT hash FROM access_tokens --", "\\'; SELECT 1; --",
  "&", "|", "!", "!!", ":*", "a:*", "a & b", "a <-> b", "<->", "(a|b", "*", "**", "+", "[", "(?:", "^(a+)+$", ".*".repeat(50), "\\d{99999}", "title:", "year:9..", "author:\"", "OR OR", "NOT",
  "0", "-0", "-1", "1", "1.5", "1e309", "NaN", "Infinity", "-Infinity", "2147483648", "-2147483649", "9223372036854775808", "99999999999999999999999999", "0x10", "1_000", "１２", "٣",
  "true", "null", "undefined", "[]", "{}", "[object Object]", "__proto__", "constructor", "toString", "hasOwnProperty", "{\"$gt\":\"\"}", "{{7*7}}", "${7*7}", "<script>alert(1)</script>", "javascript:alert(1)",
  "now", "today", "infinity", "epoch", "0000-00-00", "0001-01-01", "9999-12-31", "10000-01-01", "-0001-01-01", "2026-02-30", "2026-13-01", "2026-W54", "2026-00", "24:00:00", "2025-01-01T00:00:00+99:99", "2025-01-01T00:00:00.123456789123Z",
  "../../etc/passwd", "..%2f..%2f", "%00", "%ff", "%zz", "file:///etc/passwd", "http://169.254.169.254/", "a@b.c", "a@b.c\r\nBcc: d@e.f", "UTC'", "Europe/../UTC", "posix/UTC", "UGFwZXI6", "UGFwZXI6AA", "VGFnOg",
  ...["Comment:99999999999", "Comment:-1", "AccessToken:1e9", "Tag:\0", "User:' OR 1=1", "Nothing:1", `Paper:${"x".repeat(5_000)}`].map((id) => Buffer.from(id).toString("base64url")),
  ...[["00000000"], ["00000000", "1"], ["00000000", null, "x", "y"], [1, 2], { a: 1 }, []].map((cursor) => Buffer.from(JSON.stringify(cursor)).toString("base64url")),
]; // prettier-ignore

/** What JSON can hold beside texts, for places that take something else. */
export const HOSTILE_JSON: unknown[] = [
  null, true, false, 0, -0, 1, -1, 0.5, 1e308, 2_147_483_647, 2_147_483_648, -2_147_483_649, 2 ** 53, 9.3e18, 1e-300,
  [], [null], [[]], [[[[[[[[[[]]]]]]]]]], ["a", 1, null, {}], Array<string>(101).fill("x"), Array<number>(5_000).fill(1),
  {}, { a: 1 }, { __proto__x: 1 }, { constructor: { prototype: 1 } }, { toString: 1 }, { length: -1 }, { gte: {} }, JSON.parse('{"__proto__": {"admin": true}}'),
]; // prettier-ignore

/** As GraphQL writes them, for places where a document is written by hand. */
export const HOSTILE_LITERALS = [
  "null", "true", "99999999999999999999", "-2147483649", "1e400", "-1.5e-400", "NOPE", "__proto__", '"\\u0000"', '"\\ud800"', '"""\n"""', "[]", "[[[[]]]]", "{}", "{ a: 1 }", "{ __proto__: 1 }", "$nothing", `"${"x".repeat(20_000)}"`, "x".repeat(20_000),
]; // prettier-ignore
