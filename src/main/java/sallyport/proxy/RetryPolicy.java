package sallyport.proxy;

import io.netty.handler.codec.http.HttpMethod;
import java.util.Set;
import sallyport.net.Failure;

/** Rules for another attempt after one that failed (RFC 9110 section 9.2.2). Any thread. */
final class RetryPolicy {
  /** The first attempt and two retries. */
  private static final int MAX_ATTEMPTS = 3;

  private static final Set<HttpMethod> IDEMPOTENT =
      Set.of(
          HttpMethod.GET, HttpMethod.HEAD, HttpMethod.OPTIONS, HttpMethod.PUT, HttpMethod.DELETE);

  private RetryPolicy() {}

  /**
   * Returns whether another attempt is allowed.
   *
   * @param attempts made so far
   * @param untried number of endpoints without an attempt
   * @param reused whether the connection of the attempt had carried an exchange before
   * @param bodySent whether any part of the body was sent, so that it cannot be sent again
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
      // The same endpoint would fail again, unless only this connection was closing.
      return failure == Failure.Upstream.STREAM_REFUSED || untried > 0;
    }
    // The backend closed an idle connection as the request was sent, or the connection is dead.
    return ((failure == Failure.Upstream.CLOSED_BEFORE_RESPONSE && reused)
            || failure == Failure.Upstream.UNRESPONSIVE)
        && IDEMPOTENT.contains(method);
  }
}
