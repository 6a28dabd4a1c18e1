package sallyport.connect.stream;

import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.LastHttpContent;
import org.jspecify.annotations.Nullable;
import sallyport.net.Failure;

/**
 * Listener to the response to a request. Its methods are called on the event loop of the
 * connection, in the order interim*, head, content*, end; {@link #onFailure} replaces the rest.
 * After {@link #onEnd} or {@link #onFailure} nothing more follows.
 */
public interface ResponseListener {
  /** Handles a 1xx response; the final one follows (RFC 9110 section 15.2). */
  void onInterim(HttpResponse response);

  /** Handles the head of the final response. */
  void onHead(HttpResponse response);

  /** Handles a piece of the body, and releases it. */
  void onContent(HttpContent content);

  /** Handles the end of the body with its trailers, and releases it. */
  void onEnd(LastHttpContent last);

  /** Handles the end of a read: the time to flush. */
  void onReadComplete();

  /** Reports that the connection's outbound buffer has room again. */
  void onWritable();

  /**
   * Returns whether it is the backend that keeps the exchange from going on. While it is the
   * client, the timeout of the backend starts again.
   */
  boolean awaitsBackend();

  /**
   * Returns whether the exchange fails, as the time of {@link ClientStream#armTimeout} has passed.
   * If not, that was called again.
   */
  default boolean givesUp() {
    return true;
  }

  /**
   * Reports that the response is missing or incomplete.
   *
   * @param fault the rule that it broke; null when that is not why
   */
  void onFailure(Failure.Upstream failure, Failure.@Nullable Response fault);
}
