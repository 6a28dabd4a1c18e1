package sallyport.cluster.ejection;

import sallyport.net.Failure;

/** Meaning of failures for the state of an endpoint. */
final class Evidence {
  private Evidence() {}

  /**
   * Returns whether a failure before the head of a response is evidence against the endpoint. Other
   * failures depend on the gateway or on that request: clients could cause them.
   */
  static boolean isAgainst(Failure.Upstream failure) {
    return switch (failure) {
      case CONNECT_REFUSED,
          CONNECT_TIMEOUT,
          UNRESOLVED,
          TLS_UNTRUSTED,
          TLS_NAME_MISMATCH,
          TLS_PIN_MISMATCH,
          TLS_EXPIRED,
          TLS_WEAK_KEY,
          TLS_REVOKED,
          TLS_REVOCATION_UNKNOWN,
          TLS_POLICY,
          TLS_IDENTITY_REFUSED,
          TLS_CERTIFICATE_NOT_ASKED,
          TLS_HANDSHAKE,
          LOCAL_PEER_REFUSED,
          UNRESPONSIVE,
          CLOSED_BEFORE_RESPONSE,
          RESPONSE_TIMEOUT,
          TRY_TIMEOUT ->
          true;
      // States of the gateway, the same for all endpoints.
      case TLS_EXCEPTION_EXPIRED, TLS_CERTIFICATE_AWAITED -> false;
      // Limits of the gateway.
      case CONNECTION_LIMIT, REQUEST_LIMIT, WAITING_LIMIT -> false;
      // A client that authenticates its connection, at a backend of HTTP/2, meets the same.
      case PROTOCOL_MISMATCH -> false;
      // An orderly end of the connection.
      case STREAM_REFUSED -> false;
      // An answer, though an invalid one.
      case BAD_RESPONSE -> false;
      // Behind the head of a response.
      case CLOSED_DURING_RESPONSE, STREAM_TIMEOUT -> false;
    };
  }
}
