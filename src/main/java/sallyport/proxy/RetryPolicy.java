package sallyport.proxy;

import io.netty.handler.codec.http.HttpMethod;
import java.util.EnumSet;
import java.util.Set;
import sallyport.net.Failure;

/** Rules for another attempt after one that failed (RFC 9110 section 9.2.2). Any thread. */
final class RetryPolicy {
  private static final Set<HttpMethod> IDEMPOTENT =
      Set.of(
          HttpMethod.GET, HttpMethod.HEAD, HttpMethod.OPTIONS, HttpMethod.PUT, HttpMethod.DELETE);

  /** Failures without load on the endpoint: nothing was there to take the attempt. */
  private static final Set<Failure.Upstream> FREE =
      EnumSet.of(
          Failure.Upstream.CONNECT_REFUSED,
          Failure.Upstream.UNRESOLVED,
          Failure.Upstream.CONNECTION_LIMIT);

  private RetryPolicy() {}

  /**
   * Returns whether another attempt after such a failure is no part of the budget of retries. The
   * budget bounds the load that retries add to a backend, and here the first attempt was none.
   */
  static boolean isFree(Failure.Upstream failure) {
    return FREE.contains(failure);
  }

  /**
   * Returns whether an attempt without a response may be given up for another one.
   *
   * @param left number of attempts that the request may still make
   * @param bodySent whether any part of the body was sent, so that it cannot be sent again
   */
  static boolean mayGiveUp(HttpMethod method, int left, boolean bodySent) {
    return left > 0 && !bodySent && IDEMPOTENT.contains(method);
  }

  /**
   * Returns whether another attempt is allowed.
   *
   * @param left number of attempts that the request may still make
   * @param untried whether an endpoint is left without an attempt
   * @param backup whether a backup is, which is tried after all others, also if none is left
   * @param reused whether the connection of the attempt had carried an exchange before
   * @param bodySent whether any part of the body was sent, so that it cannot be sent again
   */
  static boolean mayRetry(
      Failure.Upstream failure,
      HttpMethod method,
      int left,
      boolean untried,
      boolean backup,
      boolean reused,
      boolean bodySent) {
    boolean leadsToBackup = backup && failure.nothingSent();
    if (bodySent || (left <= 0 && !leadsToBackup)) {
      return false;
    }
    if (failure.nothingSent()) {
      // The same endpoint would fail again, unless only this connection was closing.
      return failure == Failure.Upstream.STREAM_REFUSED || untried;
    }
    // The backend may have closed an idle connection as the request was sent. The end of a new one,
    // or of a stream, is its answer to this request: only another endpoint may do better.
    boolean closed = failure == Failure.Upstream.CLOSED_BEFORE_RESPONSE && (reused || untried);
    return (closed || failure == Failure.Upstream.UNRESPONSIVE) && IDEMPOTENT.contains(method);
  }
}
