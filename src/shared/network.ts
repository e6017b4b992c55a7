import { isIPv6 } from "node:net";

/** Longer than any address; what a proxy hands on may be anything. */
const MAX_LENGTH = 64;

/** @returns one customer's network: an IPv4 address, or the first half of an IPv6 address. */
export function networkOf(address: string): string {
  const [plain = ""] = address.slice(0, MAX_LENGTH).split("%");
  if (!isIPv6(plain)) return plain;
  // The one spelling of URLs: lower case, the longest zeros as "::", no dots.
  const [head = "", tail] = new URL(`http://[${plain}]`).hostname.slice(1, -1).split("::");
  const first = head ? head.split(":") : [];
  const last = tail ? tail.split(":") : [];
  const groups = [...first, ...Array<string>(8 - first.length - last.length).fill("0"), ...last];
  if (groups.slice(0, 6).join() === "0,0,0,0,0,ffff") return dotted(groups.slice(6));
  return `${groups.slice(0, 4).join(":")}::/64`;
}

/** An IPv4 address that came in IPv6's clothes. */
function dotted(groups: readonly string[]): string {
  const value = Number.parseInt(groups.map((group) => group.padStart(4, "0")).join(""), 16);
  return [24, 16, 8, 0].map((shift) => (value >>> shift) & 255).join(".");
}
