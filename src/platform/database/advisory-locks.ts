/*
 * The advisory locks of PostgreSQL that Papergraph takes, each in the database that it works on. The numbers are far from
 * those that other programs tend to choose; a number that was used once is never given to something else, as an older
 * version may still run beside this one.
 */

/** Held by the one instance that migrates the schema. */
export const MIGRATION_LOCK = 7_274_013;

/** Held, for one transaction, by whoever writes tags.upvote_count or organisations.upvote_count. */
export const UPVOTE_COUNTS_LOCK = 7_274_014;

/** Held by the one import that runs. */
export const IMPORT_LOCK = 7_274_015;

/** Held by the one `digest send` that runs. */
export const DIGEST_LOCK = 7_274_016;
