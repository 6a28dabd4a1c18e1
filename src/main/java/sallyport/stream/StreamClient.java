package sallyport.stream;

import org.jspecify.annotations.Nullable;
import sallyport.net.ClientIdentity;
import sallyport.net.TlsFacts;
import sallyport.tls.server.TlsInfo;

/**
 * Client of a stream, as its connection tells of it when the stream begins. Immutable.
 *
 * @param serverName its SNI, lower case; null without one
 * @param tls what was negotiated with it; {@link TlsFacts#NONE} without TLS
 * @param identity its certificate; null where it has shown none
 * @param offered the highest version that it offers in TLS that passes unopened, such as {@code
 *     TLSv1.3}; empty for all others
 */
public record StreamClient(
    @Nullable String serverName, TlsFacts tls, @Nullable ClientIdentity identity, String offered) {
  /** Client without TLS on this machine. */
  public static final StreamClient LOCAL = new StreamClient(null, TlsFacts.NONE, null, "");

  /** Returns the client of a handshake that was accepted. */
  static StreamClient of(TlsInfo tls) {
    return new StreamClient(
        tls.serverName(),
        new TlsFacts(tls.version(), tls.cipher(), tls.group()),
        tls.proof().identity(),
        /* offered= */ "");
  }

  /**
   * Returns the client of TLS that passes unopened.
   *
   * @param serverName its SNI, lower case
   * @param offered the highest version that it offers, such as {@code TLSv1.3}
   */
  public static StreamClient ofPassing(@Nullable String serverName, String offered) {
    return new StreamClient(serverName, TlsFacts.NONE, null, offered);
  }
}
