package sallyport.observe.access;

import org.jspecify.annotations.Nullable;
import sallyport.observe.Reason;
import sallyport.values.ClientAddress;

/**
 * Record of one TCP stream, for metrics and the access log.
 *
 * <p>Times are {@link System#nanoTime()}; 0 stands for "has not happened". Belongs to the event
 * loop of its client connection; every access must be on it.
 */
public final class StreamLog {
  /** The listener's name. */
  public final String listener;

  /** The client, as far as trusted proxies tell. */
  public final ClientAddress client;

  /** When the handshake of the client had ended. */
  public final long startNanos = System.nanoTime();

  /** The SNI; empty without one. */
  public String host = "";

  /** TLS parameters of the client's connection: version, suite and group; empty on a plain one. */
  public String tlsVersion = "";

  /** See {@link #tlsVersion}. */
  public String tlsCipher = "";

  /** See {@link #tlsVersion}. */
  public String tlsGroup = "";

  /** The same of the connection to the endpoint; empty until there is one. */
  public String upstreamTlsVersion = "";

  /** See {@link #upstreamTlsVersion}. */
  public String upstreamTlsCipher = "";

  /** See {@link #upstreamTlsVersion}. */
  public String upstreamTlsGroup = "";

  /** The highest version that is offered in TLS that passes unopened; empty for all others. */
  public String tlsOffered = "";

  /** SHA-256 of the client's certificate, hex; empty when it showed none. */
  public String clientCertificate = "";

  /** The subject of that certificate. */
  public String clientSubject = "";

  /** The backend's name; empty without one. */
  public String backend = "";

  /** The endpoint as {@code host:port}; empty until one was chosen. */
  public String endpoint = "";

  /** The address behind the endpoint, {@code ADDRESS:PORT}, of a name; else empty. */
  public String address = "";

  /** How many endpoints were tried. */
  public int attempts;

  /** When the connection to the endpoint was established. */
  public long connectedNanos;

  /** Bytes received from the client. */
  public long bytesIn;

  /** Bytes sent to the client. */
  public long bytesOut;

  /** When both connections had closed. */
  public long endNanos;

  /** How the stream ended. */
  public @Nullable Reason end;

  /** Why it failed; null when it did not. */
  public @Nullable Reason failure;

  /** A new stream, begun now. */
  public StreamLog(String listener, ClientAddress client) {
    this.listener = listener;
    this.client = client;
  }
}
