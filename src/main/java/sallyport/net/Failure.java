package sallyport.net;

import java.util.Locale;
import sallyport.observe.Reason;

/**
 * Reason why an exchange failed, grouped by the side that caused it. This is the only list of
 * failures. Each has a flag for metrics and the access log. {@code http.FailureTable} has the
 * answers of HTTP to them.
 *
 * <p>Immutable. Any thread.
 */
public sealed interface Failure extends Reason {
  /** Returns the name of the enum constant. */
  String name();

  /** Returns {@link #name()} in lower case: the metric tag and the access log's {@code failure}. */
  @Override
  default String flag() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** Failures of the request, or of the client's connection. */
  enum Client implements Failure {
    /** The parts of the request are valid, but contradict each other. */
    BAD_REQUEST,
    /** Not method, one space, target, one space, version. */
    BAD_REQUEST_LINE,
    BAD_METHOD,
    SPACE_IN_URI,
    BAD_URI,
    /** A path that a backend could take for another one. */
    AMBIGUOUS_URI,
    /** A path that a backend could take for one of a route with stricter rules. */
    AMBIGUOUS_ROUTE,
    /** A line that does not end in CRLF. */
    BAD_LINE_END,
    BAD_HOST,
    BAD_HEADER,
    /** A field name that a backend could take for another one. */
    SUSPICIOUS_HEADER,
    BOTH_TE_CL_PRESENT,
    MULTIPLE_CONTENT_LENGTH,
    BAD_CONTENT_LENGTH,
    /** Frames of an HTTP/2 stream that break the rules of HTTP/2 itself. */
    STREAM_ERROR,
    /** An HTTP/2 body whose length is not that of Content-Length. */
    CONTENT_LENGTH_MISMATCH,
    MULTIPLE_TRANSFER_ENCODING,
    BAD_TRANSFER_ENCODING,
    /** Transfer-Encoding in HTTP/1.0, which does not have it. */
    UNDEFINED_TRANSFER_ENCODING_SEMANTICS,
    BAD_CHUNK,
    CHUNK_EXTENSION_TOO_LONG,
    BAD_TRAILER,
    METHOD_NOT_ALLOWED,
    HEADER_TIMEOUT,
    BODY_TIMEOUT,
    /** Below the minimum rate of a request body. */
    BODY_TOO_SLOW,
    BODY_TOO_LARGE,
    URI_TOO_LONG,
    /** Over the rate of the route. */
    TOO_MANY_REQUESTS,
    EXPECTATION_FAILED,
    MISDIRECTED,
    /**
     * The request authenticates its connection, which HTTP/2 shares: the stream is reset with
     * HTTP_1_1_REQUIRED (RFC 9113 section 7).
     */
    HTTP_1_1_REQUIRED,
    HEADER_TOO_LARGE,
    UNKNOWN_TRANSFER_CODING,
    UPGRADE_NOT_SUPPORTED,
    VERSION_NOT_SUPPORTED,
    /** The client read the response below the minimum rate. */
    READ_TOO_SLOW,
    /** The client closed before the response was complete. */
    CLIENT_CLOSED
  }

  /** Failures of the client's identity. The request itself is valid. */
  enum Access implements Failure {
    /** The route requires a client certificate. */
    CLIENT_CERTIFICATE_REQUIRED,
    /** The listener refuses this client, and answers in HTTP ({@code client-auth.refuse-with}). */
    CLIENT_CERTIFICATE_REFUSED,
    /** The same: the client has no certificate. */
    CLIENT_CERTIFICATE_MISSING,
    /** The same: {@code client-auth.allow} does not list it. */
    CLIENT_CERTIFICATE_NOT_LISTED,
    /** The same: the client is on the deny list. */
    CLIENT_CERTIFICATE_DENIED,
    /** The same: the certificate is revoked. */
    CLIENT_CERTIFICATE_REVOKED,
    /** The same: the required revocation status is unknown. */
    CLIENT_REVOCATION_UNKNOWN,
    /** The route allows other clients only. */
    CLIENT_NOT_LISTED,
    /** The route is not for the address of the client ({@code allow-from}, {@code deny-from}). */
    CLIENT_ADDRESS_NOT_ALLOWED
  }

  /** Failures of the backend, or of the connection to it. */
  enum Upstream implements Failure {
    CONNECT_REFUSED(true),
    CONNECT_TIMEOUT(true),
    UNRESOLVED(true),
    TLS_UNTRUSTED(true),
    TLS_NAME_MISMATCH(true),
    /** No key of the backend's chain is pinned. */
    TLS_PIN_MISMATCH(true),
    TLS_EXPIRED(true),
    TLS_WEAK_KEY(true),
    TLS_REVOKED(true),
    /** The required revocation status of the backend's certificate is unknown. */
    TLS_REVOCATION_UNKNOWN(true),
    TLS_POLICY(true),
    /** The backend's exception from the TLS policy has ended. */
    TLS_EXCEPTION_EXPIRED(true),
    /** The gateway's certificate for the backend has yet to be issued. */
    TLS_CERTIFICATE_AWAITED(true),
    /** The backend did not accept the gateway's certificate. */
    TLS_IDENTITY_REFUSED(true),
    /** The backend did not request the gateway's certificate, as it must. */
    TLS_CERTIFICATE_NOT_ASKED(true),
    TLS_HANDSHAKE(true),
    /** Another user listens at the Unix socket of the backend, or could. */
    LOCAL_PEER_REFUSED(true),
    CONNECTION_LIMIT(true),
    /** The backend has as many requests in flight as it may have. */
    REQUEST_LIMIT(true),
    /** As many requests wait for a connection to the backend as may. */
    WAITING_LIMIT(true),
    /** The backend does not speak the configured protocol. */
    PROTOCOL_MISMATCH(true),
    /** The backend states that it has not processed the request (RFC 9113 section 8.7). */
    STREAM_REFUSED(true),
    /** The connection is silent, and a PING has no answer (RFC 9113 section 6.7). */
    UNRESPONSIVE(false),
    CLOSED_BEFORE_RESPONSE(false),
    CLOSED_DURING_RESPONSE(false),
    BAD_RESPONSE(false),
    RESPONSE_TIMEOUT(false),
    /** No response within {@code retries.try-timeout}: the request goes to another endpoint. */
    TRY_TIMEOUT(false),
    STREAM_TIMEOUT(false);

    private final boolean nothingSent;

    Upstream(boolean nothingSent) {
      this.nothingSent = nothingSent;
    }

    /** Returns whether no byte of the request can have reached the backend. */
    public boolean nothingSent() {
      return nothingSent;
    }
  }

  /**
   * Rules that a backend's response breaks: the reasons of {@link Upstream#BAD_RESPONSE}, and of an
   * end that may be a truncation.
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
    /** A chunk size with blanks around it, or with too many leading zeros. */
    PADDED_CHUNK_SIZE,
    BAD_TRAILER,
    /** An HTTP/2 body whose length is not that of Content-Length. */
    CONTENT_LENGTH_MISMATCH,
    /** 204 or 205 with content, or with a field that announces it. */
    UNEXPECTED_CONTENT,
    /** 1xx with a field that announces content. */
    INTERIM_WITH_CONTENT,
    TOO_MANY_INTERIM_RESPONSES,
    /** 101 without a request for it. */
    UNASKED_SWITCH,
    /** A response without a valid Sec-WebSocket-Accept (RFC 6455 section 4.2.2). */
    BAD_WEBSOCKET_ACCEPT,
    /** Parts of a response in an invalid order. */
    UNASKED_RESPONSE,
    /** A body that ends with the connection, without close_notify. */
    NO_CLOSE_NOTIFY
  }

  /** Failures by the gateway's own configuration or state. */
  enum Gateway implements Failure {
    NO_ROUTE,
    NO_ENDPOINT,
    /** The route is in maintenance. */
    MAINTENANCE,
    DRAINING,
    /** Buffers hold {@code max-buffer-memory}. */
    OUT_OF_MEMORY,
    /** Audit lines cannot be written, and {@code audit-log.unwritable} stops serving. */
    AUDIT_LOG_UNWRITABLE,
    INTERNAL
  }
}
