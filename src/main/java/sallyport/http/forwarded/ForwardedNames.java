package sallyport.http.forwarded;

import io.netty.util.AsciiString;

/** Names of forwarding fields (RFC 7239 and its predecessors). */
final class ForwardedNames {
  static final AsciiString FORWARDED = AsciiString.cached("forwarded");
  static final AsciiString X_FORWARDED_FOR = AsciiString.cached("x-forwarded-for");
  static final AsciiString X_FORWARDED_PROTO = AsciiString.cached("x-forwarded-proto");
  static final AsciiString X_FORWARDED_HOST = AsciiString.cached("x-forwarded-host");
  static final AsciiString X_FORWARDED_PORT = AsciiString.cached("x-forwarded-port");

  private ForwardedNames() {}
}
