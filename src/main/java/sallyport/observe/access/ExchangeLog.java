package sallyport.observe.access;

import org.jspecify.annotations.Nullable;
import sallyport.observe.Reason;
import sallyport.values.ClientAddress;

/**
 * Record of one request and its response, for metrics and the access log.
 *
 * <p>Times are {@link System#nanoTime()}; 0 stands for "has not happened". Belongs to the event
 * loop of its client connection; every access must be on it.
 */
public final class ExchangeLog {
  /** The listener's name. */
  public final String listener;

  /** Who sent the request, as far as trusted proxies tell. */
  public final ClientAddress client;

  /** When the head of the request had been read. */
  public final long startNanos;

  /** {@code HTTP/1.0}, {@code HTTP/1.1} or {@code HTTP/2}. */
  public final String protocol;

  /** The method as sent. */
  public final String method;

  /**
   * The Host field or the {@code :authority} as sent, or the SNI that stands in for it; empty when
   * there was none.
   */
  public String host = "";

  /** The path as sent, without the query. */
  public String path = "";

  /** The query as sent, without the question mark; null when there was none. */
  public @Nullable String query;

  /** Names this exchange in logs and towards the backend. */
  public String requestId = "";

  /** The W3C trace that this exchange belongs to; empty until it was forwarded. */
  public String traceId = "";

  /** TLS parameters of the client connection: version, suite and group; empty on a plain one. */
  public String tlsVersion = "";

  /** See {@link #tlsVersion}. */
  public String tlsCipher = "";

  /** See {@link #tlsVersion}. */
  public String tlsGroup = "";

  /** SHA-256 of the client's certificate, hex; empty when it showed none. */
  public String clientCertificate = "";

  /** The subject of that certificate. */
  public String clientSubject = "";

  /** The route's name; empty until one matched. */
  public String route = "";

  /** The backend's name; empty until one was chosen. */
  public String backend = "";

  /** The endpoint as {@code host:port}; empty until one was chosen. */
  public String endpoint = "";

  /**
   * The address behind the endpoint, {@code ADDRESS:PORT}: of a name, and of what failed on a
   * connection; else empty.
   */
  public String address = "";

  /** Whether it went over a connection that is its client connection's own. */
  public boolean pinned;

  /** How often the request was sent to an endpoint. */
  public int attempts;

  /** Status of the final response; 0 until its head was written. */
  public int status;

  /** Body bytes received from the client. */
  public long requestBytes;

  /** Body bytes sent to the client. */
  public long responseBytes;

  /** When the backend's response head arrived. */
  public long responseHeadNanos;

  /** When the last byte of the response had been handed to the client's connection. */
  public long endNanos;

  /** Why the exchange failed; null when it did not. */
  public @Nullable Reason failure;

  /** The setting whose limit the request exceeded, with its value; empty for none. */
  public String setting = "";

  /** The rule that the backend's response broke; null when that is not why it failed. */
  public @Nullable Reason responseFault;

  /** A new exchange, started now. */
  public ExchangeLog(String listener, ClientAddress client, String protocol, String method) {
    this.listener = listener;
    this.client = client;
    this.protocol = protocol;
    this.method = method;
    this.startNanos = System.nanoTime();
  }
}
