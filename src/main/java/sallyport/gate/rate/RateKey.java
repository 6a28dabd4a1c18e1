package sallyport.gate.rate;

import io.netty.handler.codec.http.HttpRequest;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import sallyport.config.route.rate.RouteRateConfig;
import sallyport.http.forwarded.ConnectionInfo;
import sallyport.net.ClientIdentity;
import sallyport.values.ClientAddress;
import sallyport.values.Sha256;
import sallyport.values.Source;

/** Key of a request, by which its route counts it. Stateless, any thread. */
public final class RateKey {
  /** Longer values are kept as digests, so that keys have a bound. */
  private static final int MAX_LENGTH = 64;

  private RateKey() {}

  /**
   * Returns the key.
   *
   * @param client the origin of the request, as trusted proxies tell it
   */
  public static Object of(
      RouteRateConfig rate, HttpRequest head, ConnectionInfo connection, ClientAddress client) {
    return switch (rate.key()) {
      case ALL -> "";
      case CLIENT -> source(client.client().getAddress());
      case SOURCE -> source(connection.client().getAddress());
      case IDENTITY -> {
        ClientIdentity identity = connection.proof().identity();
        yield identity == null ? source(client.client().getAddress()) : identity.fingerprint();
      }
      case HEADER -> {
        @Nullable String value = head.headers().get(Objects.requireNonNull(rate.header()));
        yield value == null ? source(client.client().getAddress()) : bounded(value);
      }
    };
  }

  private static Long source(InetAddress address) {
    return Source.of(address);
  }

  private static String bounded(String value) {
    if (value.length() <= MAX_LENGTH) {
      return value;
    }
    // A blank is in no key that is short: it cannot be taken for one.
    return " " + Sha256.hex(value.getBytes(StandardCharsets.ISO_8859_1));
  }
}
