package sallyport.net;

import java.util.Locale;
import sallyport.observe.Reason;

/**
 * Why an exchange did not go as it should, and whose fault it was. The one list of failures: each
 * has the status that the client gets, and a flag for metrics and the access log.
 */
public sealed interface Failure extends Reason {
  /** The status of the answer, when one can still be given (RFC 9110 section 15). */
  int status();

  /** The enum constant. */
  String name();

  /** {@link #name()} in lower case: the metric tag and the access log's {@code failure}. */
  @Override
  default String flag() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** The request, or the way in which it came. */
  enum Client implements Failure {
    /** The parts are sound, but not together. */
    BAD_REQUEST(400),
    /** Not method, one space, target, one space, version. */
    BAD_REQUEST_LINE(400),
    BAD_METHOD(400),
    SPACE_IN_URI(400),
    BAD_URI(400),
    /** A path that a backend could take for another one. */
    AMBIGUOUS_URI(400),
    /** A path that a backend could take for one of a route that demands more. */
    AMBIGUOUS_ROUTE(400),
    /** A line that does not end in CRLF. */
    BAD_LINE_END(400),
    BAD_HOST(400),
    BAD_HEADER(400),
    /** A field name that a backend could take for another one. */
    SUSPICIOUS_HEADER(400),
    BOTH_TE_CL_PRESENT(400),
    MULTIPLE_CONTENT_LENGTH(400),
    BAD_CONTENT_LENGTH(400),
    /** Frames of an HTTP/2 stream that break the rules of HTTP/2 itself. */
    STREAM_ERROR(400),
    /** An HTTP/2 body of another length than was announced. */
    CONTENT_LENGTH_MISMATCH(400),
    MULTIPLE_TRANSFER_ENCODING(400),
    BAD_TRANSFER_ENCODING(400),
    /** Transfer-Encoding in HTTP/1.0, which does not have it. */
    UNDEFINED_TRANSFER_ENCODING_SEMANTICS(400),
    BAD_CHUNK(400),
    CHUNK_EXTENSION_TOO_LONG(400),
    BAD_TRAILER(400),
    METHOD_NOT_ALLOWED(405),
    HEADER_TIMEOUT(408),
    BODY_TIMEOUT(408),
    /** Below the least rate for a request body. */
    BODY_TOO_SLOW(408),
    BODY_TOO_LARGE(413),
    URI_TOO_LONG(414),
    EXPECTATION_FAILED(417),
    MISDIRECTED(421),
    /**
     * The request authenticates its connection, which HTTP/2 shares: the stream is reset with
     * HTTP_1_1_REQUIRED (RFC 9113 section 7), and the status is only for the log.
     */
    HTTP_1_1_REQUIRED(421),
    HEADER_TOO_LARGE(431),
    UNKNOWN_TRANSFER_CODING(501),
    UPGRADE_NOT_SUPPORTED(501),
    VERSION_NOT_SUPPORTED(505),
    /** The client took the response too slowly; the status is only for the log. */
    READ_TOO_SLOW(499),
    /** The client went away before the response was whole; the status is only for the log. */
    CLIENT_CLOSED(499);

    private final int status;

    Client(int status) {
      this.status = status;
    }

    @Override
    public int status() {
      return status;
    }
  }

  /** Who the client is, or is not: the request itself is sound. */
  enum Access implements Failure {
    /** The route is for clients with a certificate. */
    CLIENT_CERTIFICATE_REQUIRED,
    /** The listener does not let this client in, and is to say so in HTTP. */
    CLIENT_CERTIFICATE_REFUSED,
    /** The same: it showed no certificate. */
    CLIENT_CERTIFICATE_MISSING,
    /** The same: {@code client-auth.allow} does not list it. */
    CLIENT_CERTIFICATE_NOT_LISTED,
    /** The same: it is on the deny list. */
    CLIENT_CERTIFICATE_DENIED,
    /** The same: its certificate was revoked. */
    CLIENT_CERTIFICATE_REVOKED,
    /** The same: it is not known whether its certificate was revoked, and must be. */
    CLIENT_REVOCATION_UNKNOWN,
    /** The route is for others. */
    CLIENT_NOT_LISTED;

    @Override
    public int status() {
      return 403;
    }
  }

  /** The backend, or the way to it. */
  enum Upstream implements Failure {
    CONNECT_REFUSED(502, true),
    CONNECT_TIMEOUT(504, true),
    UNRESOLVED(502, true),
    TLS_UNTRUSTED(502, true),
    TLS_NAME_MISMATCH(502, true),
    /** No key of the backend's chain is one of those that are pinned. */
    TLS_PIN_MISMATCH(502, true),
    TLS_EXPIRED(502, true),
    TLS_WEAK_KEY(502, true),
    TLS_REVOKED(502, true),
    /** It is not known whether the backend's certificate was revoked, and must be. */
    TLS_REVOCATION_UNKNOWN(502, true),
    TLS_POLICY(502, true),
    /** The backend did not accept the gateway's certificate. */
    TLS_IDENTITY_REFUSED(502, true),
    /** The backend did not ask for the gateway's certificate, and must. */
    TLS_CERTIFICATE_NOT_ASKED(502, true),
    TLS_HANDSHAKE(502, true),
    CONNECTION_LIMIT(503, true),
    /** The backend does not speak what it is configured to speak. */
    PROTOCOL_MISMATCH(502, true),
    /** The backend says that it has not looked at the request (RFC 9113 section 8.7). */
    STREAM_REFUSED(503, true),
    /** The connection has gone silent, and nobody answers a PING (RFC 9113 section 6.7). */
    UNRESPONSIVE(504, false),
    CLOSED_BEFORE_RESPONSE(502, false),
    CLOSED_DURING_RESPONSE(502, false),
    BAD_RESPONSE(502, false),
    RESPONSE_TIMEOUT(504, false),
    STREAM_TIMEOUT(504, false);

    private final int status;
    private final boolean nothingSent;

    Upstream(int status, boolean nothingSent) {
      this.status = status;
      this.nothingSent = nothingSent;
    }

    @Override
    public int status() {
      return status;
    }

    /** True when no byte of the request can have reached the backend. */
    public boolean nothingSent() {
      return nothingSent;
    }
  }

  /**
   * The rule that a backend's response breaks: the reason of a {@link Upstream#BAD_RESPONSE}, and
   * of an end that may be a cut.
   */
  enum Response implements Failure {
    /** Not version, one space, three digits, and a reason. */
    BAD_STATUS_LINE,
    /** Below 100 or above 599. */
    STATUS_OUT_OF_RANGE,
    /** A line that does not end in CRLF. */
    BAD_LINE_END,
    BAD_HEADER,
    HEADER_TOO_LARGE,
    BOTH_TE_CL_PRESENT,
    MULTIPLE_CONTENT_LENGTH,
    BAD_CONTENT_LENGTH,
    BAD_TRANSFER_ENCODING,
    BAD_CHUNK,
    /** A chunk size with blanks around it, or with more zeros than digits can be. */
    PADDED_CHUNK_SIZE,
    BAD_TRAILER,
    /** An HTTP/2 body of another length than was announced. */
    CONTENT_LENGTH_MISMATCH,
    /** 204 or 205 that has content, or says so. */
    UNEXPECTED_CONTENT,
    /** 1xx that says it has content. */
    INTERIM_WITH_CONTENT,
    TOO_MANY_INTERIM_RESPONSES,
    /** 101 that was not asked for. */
    UNASKED_SWITCH,
    /** A response that does not prove that it understood WebSocket (RFC 6455 section 4.2.2). */
    BAD_WEBSOCKET_ACCEPT,
    /** Parts in an order that no response has. */
    UNASKED_RESPONSE,
    /** The end of the connection is the end of the body, and TLS does not say that it is one. */
    NO_CLOSE_NOTIFY;

    @Override
    public int status() {
      return Upstream.BAD_RESPONSE.status();
    }
  }

  /** The gateway's own configuration or state. */
  enum Gateway implements Failure {
    NO_ROUTE(404),
    NO_ENDPOINT(503),
    DRAINING(503),
    /** Buffers hold as much memory as they may. */
    OUT_OF_MEMORY(503),
    /** Audit lines cannot be written, and nothing is to be served without them. */
    AUDIT_LOG_UNWRITABLE(503),
    INTERNAL(500);

    private final int status;

    Gateway(int status) {
      this.status = status;
    }

    @Override
    public int status() {
      return status;
    }
  }
}
