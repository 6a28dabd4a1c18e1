package sallyport.http;

import java.util.Set;
import sallyport.net.Failure;

/**
 * Table of the consequences of each failure: the status that the client gets, whether it is counted
 * and audited as a refusal, and whether the connection ends. Stateless.
 */
public final class FailureTable {
  /** Audit event of a refusal. */
  public enum Audit {
    /** None: it is no refusal, or the connection to the backend audits it. */
    NONE,
    REQUEST_REFUSED,
    ACCESS_REFUSED,
    AMBIGUOUS_ROUTE
  }

  /**
   * Consequences of a failure.
   *
   * @param status of the answer, where one can still be given, and in the access log (RFC 9110
   *     section 15)
   * @param audit the event of its own in the audit log
   * @param ends whether an HTTP/1 connection ends with the answer to such a request
   */
  public record Row(int status, Audit audit, boolean ends) {
    /**
     * Returns whether it counts in {@code gateway_downstream_requests_refused_total}: what is
     * audited does, so that both have the same number.
     */
    public boolean counted() {
      return audit != Audit.NONE;
    }
  }

  /** Failures of a limit, which ends with other exchanges. */
  private static final Set<Failure> BRIEF =
      Set.of(
          Failure.Upstream.CONNECTION_LIMIT,
          Failure.Upstream.REQUEST_LIMIT,
          Failure.Upstream.WAITING_LIMIT,
          Failure.Gateway.OUT_OF_MEMORY);

  private FailureTable() {}

  /** Returns the row of a failure. */
  public static Row of(Failure failure) {
    return switch (failure) {
      case Failure.Client client -> client(client);
      case Failure.Access access -> new Row(403, Audit.ACCESS_REFUSED, false);
      case Failure.Upstream upstream -> unrecorded(upstream(upstream));
      case Failure.Response response -> unrecorded(upstream(Failure.Upstream.BAD_RESPONSE));
      case Failure.Gateway gateway -> gateway(gateway);
    };
  }

  /** Returns whether a client may try again soon: the answer has {@code Retry-After}. */
  public static boolean isBrief(Failure failure) {
    return BRIEF.contains(failure);
  }

  /** Returns the status of a failure. */
  public static int status(Failure failure) {
    return of(failure).status();
  }

  /**
   * Returns the row of a failure of the client. After a refused request, what follows on the
   * connection cannot be trusted (RFC 9112 section 11.2).
   */
  private static Row client(Failure.Client failure) {
    return switch (failure) {
      case BAD_REQUEST,
          BAD_REQUEST_LINE,
          BAD_METHOD,
          SPACE_IN_URI,
          BAD_URI,
          AMBIGUOUS_URI,
          BAD_LINE_END,
          BAD_HOST,
          BAD_HEADER,
          SUSPICIOUS_HEADER,
          BOTH_TE_CL_PRESENT,
          MULTIPLE_CONTENT_LENGTH,
          BAD_CONTENT_LENGTH,
          STREAM_ERROR,
          CONTENT_LENGTH_MISMATCH,
          MULTIPLE_TRANSFER_ENCODING,
          BAD_TRANSFER_ENCODING,
          UNDEFINED_TRANSFER_ENCODING_SEMANTICS,
          BAD_CHUNK,
          CHUNK_EXTENSION_TOO_LONG,
          BAD_TRAILER ->
          refused(400);
      case AMBIGUOUS_ROUTE -> new Row(400, Audit.AMBIGUOUS_ROUTE, true);
      case METHOD_NOT_ALLOWED -> refused(405);
      case HEADER_TIMEOUT, BODY_TIMEOUT, BODY_TOO_SLOW -> refused(408);
      case BODY_TOO_LARGE -> refused(413);
      case URI_TOO_LONG -> refused(414);
      case EXPECTATION_FAILED -> refused(417);
      case MISDIRECTED -> refused(421);
      // The client asks again over HTTP/1.1, as the protocol has it. The status is for the log.
      case HTTP_1_1_REQUIRED -> new Row(421, Audit.NONE, true);
      // The request is sound, and so is what follows it.
      case TOO_MANY_REQUESTS -> new Row(429, Audit.REQUEST_REFUSED, false);
      case HEADER_TOO_LARGE -> refused(431);
      case UNKNOWN_TRANSFER_CODING, UPGRADE_NOT_SUPPORTED -> refused(501);
      case VERSION_NOT_SUPPORTED -> refused(505);
      // No answer can be given: the status is for the log.
      case READ_TOO_SLOW -> refused(499);
      // Clients may go away. The status is for the log.
      case CLIENT_CLOSED -> new Row(499, Audit.NONE, true);
    };
  }

  private static int upstream(Failure.Upstream failure) {
    return switch (failure) {
      case CONNECT_REFUSED,
          UNRESOLVED,
          TLS_UNTRUSTED,
          TLS_NAME_MISMATCH,
          TLS_PIN_MISMATCH,
          TLS_EXPIRED,
          TLS_WEAK_KEY,
          TLS_REVOKED,
          TLS_REVOCATION_UNKNOWN,
          TLS_POLICY,
          TLS_EXCEPTION_EXPIRED,
          TLS_IDENTITY_REFUSED,
          TLS_CERTIFICATE_NOT_ASKED,
          TLS_HANDSHAKE,
          LOCAL_PEER_REFUSED,
          PROTOCOL_MISMATCH,
          CLOSED_BEFORE_RESPONSE,
          CLOSED_DURING_RESPONSE,
          BAD_RESPONSE ->
          502;
      case CONNECTION_LIMIT,
          REQUEST_LIMIT,
          WAITING_LIMIT,
          STREAM_REFUSED,
          TLS_CERTIFICATE_AWAITED ->
          503;
      case CONNECT_TIMEOUT, UNRESPONSIVE, RESPONSE_TIMEOUT, TRY_TIMEOUT, STREAM_TIMEOUT -> 504;
    };
  }

  private static Row gateway(Failure.Gateway failure) {
    return switch (failure) {
      case NO_ROUTE -> unrecorded(404);
      case NO_ENDPOINT, MAINTENANCE, DRAINING -> unrecorded(503);
      // The connection is free to hold less, or nothing.
      case OUT_OF_MEMORY, AUDIT_LOG_UNWRITABLE -> new Row(503, Audit.NONE, true);
      case INTERNAL -> unrecorded(500);
    };
  }

  private static Row refused(int status) {
    return new Row(status, Audit.REQUEST_REFUSED, true);
  }

  private static Row unrecorded(int status) {
    return new Row(status, Audit.NONE, false);
  }
}
