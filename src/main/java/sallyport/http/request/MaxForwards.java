package sallyport.http.request;

import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpRequest;
import java.util.List;

/**
 * Max-Forwards: the number of times that OPTIONS and TRACE may be passed on (RFC 9110 section
 * 7.6.2). For other methods the field has no effect and is passed unchanged.
 */
public final class MaxForwards {
  /** Nothing is said. */
  private static final long NONE = -1;

  private static final long INVALID = -2;

  /** The highest value that is passed on; more hops than this are a loop. */
  private static final long MOST = Integer.MAX_VALUE;

  private MaxForwards() {}

  /**
   * Returns whether the limit of a request, where it would hold, is something else than a number.
   */
  static boolean isInvalid(HttpRequest request) {
    return of(request) == INVALID;
  }

  /** Returns whether the gateway is the last that the request may reach. */
  public static boolean isSpent(HttpRequest request) {
    return of(request) == 0;
  }

  /** Decreases the field by one, in a request that is passed on. */
  public static void decrease(HttpRequest request) {
    long left = of(request);
    if (left > 0) {
      request.headers().set(HttpHeaderNames.MAX_FORWARDS, Long.toString(Math.min(left - 1, MOST)));
    }
  }

  private static long of(HttpRequest request) {
    HttpMethod method = request.method();
    if (!method.equals(HttpMethod.OPTIONS) && !method.equals(HttpMethod.TRACE)) {
      return NONE;
    }
    HttpHeaders headers = request.headers();
    List<String> values = headers.getAll(HttpHeaderNames.MAX_FORWARDS);
    if (values.isEmpty()) {
      return NONE;
    }
    return values.size() == 1 ? parse(values.getFirst()) : INVALID;
  }

  /**
   * Returns the number; one above the maximum for all greater ones; {@link #INVALID} if it has
   * other characters than digits.
   */
  private static long parse(String value) {
    long number = 0;
    for (int i = 0; i < value.length(); i++) {
      int digit = value.charAt(i) - '0';
      if (digit < 0 || digit > 9) {
        return INVALID;
      }
      number = Math.min(number * 10 + digit, MOST + 1);
    }
    return value.isEmpty() ? INVALID : number;
  }
}
