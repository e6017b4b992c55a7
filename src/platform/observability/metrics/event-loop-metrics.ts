import { Counter, Histogram, type Registry } from "prom-client";

/** Milliseconds between two looks at the event loop. */
const INTERVAL = 20;
/** Milliseconds for which nothing should hold the event loop. */
const STALL = 50;
const BUCKETS = [0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5];

/**
 * Measures how much later than asked for a timer is called: for so long a new request would have waited.
 * @returns what ends the measuring.
 */
export function eventLoopMetrics(register: Registry): () => void {
  const delays = new Histogram({
    name: "papergraph_event_loop_delay_seconds",
    help: `How late a timer of ${INTERVAL} ms was called: the time for which the event loop was held.`,
    buckets: BUCKETS,
    registers: [register],
  });
  const stalls = new Counter({
    name: "papergraph_event_loop_stalls_total",
    help: `Times that the event loop was held for more than ${STALL} ms.`,
    registers: [register],
  });
  let last = performance.now();
  const timer = setInterval(() => {
    const now = performance.now();
    const delay = Math.max(0, now - last - INTERVAL);
    last = now;
    delays.observe(delay / 1_000);
    if (delay > STALL) stalls.inc();
  }, INTERVAL).unref();
  return () => {
    clearInterval(timer);
  };
}
