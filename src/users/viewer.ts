import type { User } from "./user.entity.js";

/** Who sent a request, as its access token says. */
export interface Viewer extends User {
  /** The latest moment at which access tokens that this one makes may expire; null for any. */
  tokensUntil: Date | null;
}
