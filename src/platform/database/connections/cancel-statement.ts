import pg from "pg";

/** Milliseconds that PostgreSQL may take to accept the request. */
const WITHIN = 2_000;

/** What pg's type definitions leave out. */
interface CancelConnection extends pg.Connection {
  connect(portOrPath: number | string, host?: string): void;
  requestSsl(): void;
  cancel(processId: number, secretKey: number): void;
}

export interface CancelTarget {
  host: string;
  port: number;
  ssl: boolean | object;
  processID: number | null;
  secretKey: number | null;
}

/**
 * Asks PostgreSQL to end the statement that runs on a connection, by the protocol's cancel request: a short connection
 * of its own without a login, so it works when the pool or the server is full, and through PgBouncer.
 * @returns when PostgreSQL has passed the request on (it closes the connection then), or did not within two seconds.
 * Until then the cancelled connection must not be given to anybody else: the request would end their statement.
 */
export function cancelStatement({ host, port, ssl, processID, secretKey }: CancelTarget): Promise<void> {
  if (processID === null || secretKey === null) return Promise.resolve();
  const connection = new pg.Connection({ ssl }) as CancelConnection;
  return new Promise((resolve) => {
    const overdue = setTimeout(() => {
      connection.stream.destroy();
      resolve();
    }, WITHIN);
    const send = () => {
      connection.cancel(processID, secretKey);
    };
    connection.on("connect", () => {
      if (ssl) connection.requestSsl();
      else send();
    });
    connection.on("sslconnect", send);
    connection.on("error", () => {
      connection.stream.destroy();
    });
    connection.once("end", () => {
      clearTimeout(overdue);
      resolve();
    });
    if (host.startsWith("/")) connection.connect(`${host}/.s.PGSQL.${port}`);
    else connection.connect(port, host);
  });
}
