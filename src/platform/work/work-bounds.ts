/** What one request may use at most, whatever it asks for. Beyond a bound it is ended, and its statements are cancelled. */
export interface WorkBounds {
  /** Milliseconds from its last byte to its answer. */
  deadline: number;
  /** Objects that its answer is made of. */
  objects: number;
  /** Bytes of its answer's texts. */
  bytes: number;
  /** Milliseconds of its statements, added up: statements that run side by side count each. */
  sqlMilliseconds: number;
  /** Milliseconds of this process. */
  cpuMilliseconds: number;
}

export const WORK_BOUNDS: WorkBounds = {
  deadline: 10_000,
  objects: 50_000,
  bytes: 5_000_000,
  sqlMilliseconds: 20_000,
  cpuMilliseconds: 2_000,
};
