import { totalmem } from "node:os";

const MB = 2 ** 20;

/**
 * @param given megabytes that the settings are sized for; null for all that there are. In a container its limit counts, not the machine's memory.
 * @returns settings of postgresql.conf for a server whose disks are solid-state.
 */
export function tuning(given: number | null): Record<string, string> {
  const memory = given ?? Math.min(totalmem(), process.constrainedMemory() || Infinity) / MB;
  const share = (part: number, least: number, most: number) =>
    `${Math.round(Math.min(Math.max(memory * part, least), most))}MB`;
  return {
    // The usual quarter: rows that searches rank are read from there.
    shared_buffers: share(1 / 4, 128, 8192),
    // Tells the planner that most of an index is in memory.
    effective_cache_size: share(1 / 2, 256, 65_536),
    // Building the full-text indexes is what takes long after an import.
    maintenance_work_mem: share(1 / 16, 64, 512),
    // A broad search sorts many rows and remembers each of them; with the default 4 MB only their pages.
    work_mem: "16MB",
    // Imports write much at once: fewer checkpoints, and still only seconds to recover.
    max_wal_size: "2GB",
    checkpoint_timeout: "15min",
    // Solid-state disks and cached pages: an index scan costs little more than reading in order.
    random_page_cost: "1.1",
    // Compiling takes longer than these short queries run.
    jit: "off",
    // The server's pool, the command line and a few sessions of psql.
    max_connections: "60",
    timezone: "UTC",
    log_timezone: "UTC",
  };
}

/** Nothing is lost when a process is killed, but all may be when the machine goes down. */
export const NOT_DURABLE = { fsync: "off", full_page_writes: "off" };
