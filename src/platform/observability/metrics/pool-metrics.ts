import { Gauge, type Registry } from "prom-client";
import type { PoolState } from "../../database/database.js";

/** The pools of connections, by name; read when metrics are asked for. */
export function poolMetrics(register: Registry, pools: Readonly<Record<string, () => PoolState>>): void {
  const gauge = (name: string, help: string, valueOf: (state: PoolState) => number) =>
    new Gauge({
      name,
      help,
      labelNames: ["pool"] as const,
      registers: [register],
      collect() {
        for (const [pool, read] of Object.entries(pools)) this.set({ pool }, valueOf(read()));
      },
    });
  gauge("papergraph_pool_connections", "Connections to PostgreSQL that are open.", ({ total }) => total);
  gauge("papergraph_pool_connections_idle", "Those of them that nothing uses.", ({ idle }) => idle);
  gauge("papergraph_pool_connections_max", "Connections that there may be at most.", ({ max }) => max);
  gauge("papergraph_pool_waiting", "Statements that wait for a connection.", ({ waiting }) => waiting);
}
