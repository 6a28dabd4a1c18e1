package sallyport.connect.stream;

import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.LastHttpContent;
import org.jspecify.annotations.Nullable;
import sallyport.net.Failure;

/**
 * Whoever sent a request: the arrow back from an upstream connection. Called on its event loop, in
 * the order interim*, head, content*, end; or {@link #onFailure} in place of what is still to come.
 * After {@link #onEnd} or {@link #onFailure} nothing more follows.
 */
public interface ResponseListener {
  /** A 1xx response; the final one is still to come (RFC 9110 section 15.2). */
  void onInterim(HttpResponse response);

  /** The head of the final response. */
  void onHead(HttpResponse response);

  /** A piece of the body; the receiver releases it. */
  void onContent(HttpContent content);

  /** The end of the body with its trailers; the receiver releases it. */
  void onEnd(LastHttpContent last);

  /** All that the socket had to give has been handed over: the moment to flush. */
  void onReadComplete();

  /** The connection's outbound buffer has room again. */
  void onWritable();

  /**
   * Whether it is the backend that keeps the exchange from going on. While it is the client, the
   * timeout of the backend begins anew.
   */
  boolean awaitsBackend();

  /**
   * The response will not come, or not whole.
   *
   * @param fault the rule that it broke; null when that is not why
   */
  void onFailure(Failure.Upstream failure, Failure.@Nullable Response fault);
}
