package sallyport.http.codec.h2;

import io.netty.handler.codec.http2.Http2HeadersEncoder.SensitivityDetector;
import io.netty.util.AsciiString;
import java.util.Set;

/**
 * Fields that stay out of HPACK's table of a connection: secrets, since the table reveals a correct
 * guess to others that share the connection (RFC 7541 section 7.1), and fields that differ in each
 * message, since they would push out those that repeat. Any thread.
 */
public final class UnindexedFields implements SensitivityDetector {
  private static final Set<AsciiString> NAMES =
      Set.of(
          AsciiString.cached("authorization"),
          AsciiString.cached("cookie"),
          AsciiString.cached("proxy-authorization"),
          AsciiString.cached("set-cookie"),
          AsciiString.cached("traceparent"),
          AsciiString.cached("x-request-id"));

  @Override
  public boolean isSensitive(CharSequence name, CharSequence value) {
    return NAMES.contains(AsciiString.of(name));
  }
}
