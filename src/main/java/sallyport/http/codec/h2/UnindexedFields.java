package sallyport.http.codec.h2;

import io.netty.handler.codec.http2.Http2HeadersEncoder.SensitivityDetector;
import io.netty.util.AsciiString;
import java.util.Set;

/**
 * Fields that stay out of the compression table of a connection. Of a secret, the table would tell
 * those who share the connection whether they have guessed it (RFC 7541 section 7.1); what differs
 * in each message would only push out what repeats. Any thread.
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
