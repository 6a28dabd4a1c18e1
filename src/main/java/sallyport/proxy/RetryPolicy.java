package sallyport.proxy;

import io.netty.handler.codec.http.HttpMethod;
import java.util.Set;
import sallyport.net.Failure;

/** Whether a failed attempt may be made again (RFC 9110 section 9.2.2). */
final class RetryPolicy {
  /** The first attempt and two more. */
  private static final int MAX_ATTEMPTS = 3;

  private static final Set<HttpMethod> IDEMPOTENT =
      Set.of(
          HttpMethod.GET, HttpMethod.HEAD, HttpMethod.OPTIONS, HttpMethod.PUT, HttpMethod.DELETE);

  private RetryPolicy() {}

  /**
   * @param attempts made so far
   * @param untried how many endpoints the request has not been tried at
   * @param reused whether the attempt went over a connection that had served before
   * @param bodySent whether any part of the body was sent; it cannot be sent again
   */
  static boolean mayRetry(
      Failure.Upstream failure,
      HttpMethod method,
      int attempts,
      int untried,
      boolean reused,
      boolean bodySent) {
    if (attempts >= MAX_ATTEMPTS || bodySent) {
      return false;
    }
    if (failure.nothingSent()) {
      // The same endpoint would fail in the same way, unless only this connection was at its end.
      return failure == Failure.Upstream.STREAM_REFUSED || untried > 0;
    }
    // The backend closed an idle connection while the request was on its way to it, or the
    // connection is dead.
    return ((failure == Failure.Upstream.CLOSED_BEFORE_RESPONSE && reused)
            || failure == Failure.Upstream.UNRESPONSIVE)
        && IDEMPOTENT.contains(method);
  }
}
