import { SpanKind, SpanStatusCode, trace, type Context, type Span, type Tracer } from "@opentelemetry/api";
import { AsyncLocalStorage } from "node:async_hooks";
import type { StatementEvent } from "../database/database.js";
import type { Operation } from "./request-record.js";

/** Whose work is being done: the span of a resolver. */
const resolvers = new AsyncLocalStorage<Span>();

/** The work of a field's resolver for all items of a list: how many items there are does not make a trace longer. */
interface FieldSpan {
  span: Span;
  calls: number;
  ended: number | undefined;
}

/** The spans of one request: the request, its operation, that one's resolvers, and SQL below any of them. */
export class RequestTrace {
  private operation: Span | null = null;
  private readonly fields = new Map<string, FieldSpan>();
  /** All spans of a request are measured by one clock that is never set, from the time of day at its start. */
  private readonly epoch = Date.now() - performance.now();
  private readonly root: Span;

  constructor(
    private readonly tracer: Tracer,
    private readonly above: Context,
    method: string,
    route: string,
  ) {
    const attributes = { "http.request.method": method, "http.route": route };
    this.root = tracer.startSpan(
      `${method} ${route}`,
      { kind: SpanKind.SERVER, startTime: this.now(), attributes },
      above,
    );
  }

  /** The trace's id, for log lines. */
  get id(): string {
    return this.root.spanContext().traceId;
  }

  operationStarted({ name, type, documentHash }: Operation): void {
    this.operation ??= this.start(this.root, name === null ? type : `${type} ${name}`, {
      "graphql.operation.type": type,
      ...(name !== null && { "graphql.operation.name": name }),
      "graphql.document.hash": documentHash,
    });
  }

  operationEnded(failed: boolean): void {
    const now = this.now();
    for (const { span, calls, ended = now } of this.fields.values()) {
      span.setAttribute("graphql.field.calls", calls).end(ended);
    }
    this.fields.clear();
    if (failed) this.operation?.setStatus({ code: SpanStatusCode.ERROR });
    this.operation?.end(now);
    this.operation = null;
  }

  /**
   * Does the work of a resolver.
   * @param field such as Paper.tags.
   * @param path where the field is in the answer, with stars in the places of indexes: papers.nodes.*.tags.
   */
  resolve<T>(field: string, path: string, work: () => T): T {
    if (!this.operation?.isRecording()) return work();
    const seen = this.fieldSpan(this.operation, field, path);
    seen.calls++;
    const end = () => {
      seen.ended = this.now();
    };
    const fail = () => {
      seen.span.setStatus({ code: SpanStatusCode.ERROR });
      end();
    };
    try {
      const result = resolvers.run(seen.span, work);
      if (result instanceof Promise) result.then(end, fail);
      else end();
      return result;
    } catch (error) {
      fail();
      throw error;
    }
  }

  /** A statement has ended; it belongs to the resolver that asked for it. */
  statement({ label, milliseconds, failed }: StatementEvent): void {
    const parent = resolvers.getStore() ?? this.operation ?? this.root;
    const now = this.now();
    const attributes = { "db.system.name": "postgresql", "db.query.summary": label };
    const span = this.start(parent, label, attributes, now - milliseconds, SpanKind.CLIENT);
    if (failed) span.setStatus({ code: SpanStatusCode.ERROR });
    span.end(now);
  }

  end(status: number): void {
    this.operationEnded(false);
    this.root.setAttribute("http.response.status_code", status);
    if (status >= 500) this.root.setStatus({ code: SpanStatusCode.ERROR });
    this.root.end(this.now());
  }

  /** Below the resolver of the nearest field that the path leads through. */
  private fieldSpan(operation: Span, field: string, path: string): FieldSpan {
    const known = this.fields.get(path);
    if (known) return known;
    let parent: Span | undefined;
    for (let end = path.lastIndexOf("."); end > 0 && !parent; end = path.lastIndexOf(".", end - 1))
      parent = this.fields.get(path.slice(0, end))?.span;
    const attributes = { "graphql.field.name": field, "graphql.field.path": path };
    const made = {
      span: this.start(parent ?? operation, field, attributes),
      calls: 0,
      ended: undefined,
    };
    this.fields.set(path, made);
    return made;
  }

  private start(
    parent: Span,
    name: string,
    attributes: Record<string, string>,
    startTime = this.now(),
    kind = SpanKind.INTERNAL,
  ): Span {
    return this.tracer.startSpan(name, { kind, startTime, attributes }, trace.setSpan(this.above, parent));
  }

  private now(): number {
    return this.epoch + performance.now();
  }
}
