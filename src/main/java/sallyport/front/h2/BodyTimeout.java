package sallyport.front.h2;

import io.netty.handler.codec.http.HttpObject;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.LastHttpContent;
import java.util.function.BooleanSupplier;
import sallyport.net.transport.StreamTimers;

/**
 * Limits how long the body of a request on an HTTP/2 stream may stand still while it is the
 * client's turn.
 *
 * <p>Every call must run on the connection's event loop.
 */
final class BodyTimeout {
  private enum State {
    /** Nothing is awaited of the client. */
    NONE,
    /** The client waits for 100 before it sends the body (RFC 9110 section 10.1.1). */
    EXPECTING,
    /** Some of the body is still to come. */
    BODY
  }

  private final StreamTimers.Timer timer;
  private final long nanos;
  private final BooleanSupplier reading;
  private final Runnable onExpiry;
  private State state = State.NONE;

  /** Whether the wait begins with the end of this read. */
  private boolean awaited;

  /**
   * @param reading whether the gateway takes more; otherwise the backend is slow, which has a
   *     timeout of its own
   */
  BodyTimeout(StreamTimers timers, long nanos, BooleanSupplier reading, Runnable onExpiry) {
    this.timer = timers.timer(this::onTimer);
    this.nanos = nanos;
    this.reading = reading;
    this.onExpiry = onExpiry;
  }

  void onRequestPart(HttpObject part) {
    if (part instanceof LastHttpContent) {
      clear();
    } else if (part instanceof HttpRequest request && HttpUtil.is100ContinueExpected(request)) {
      state = State.EXPECTING;
    } else if (part instanceof HttpRequest || state != State.NONE) {
      state = State.BODY;
      awaited = true;
    }
  }

  void onReadComplete() {
    if (awaited) {
      awaited = false;
      timer.arm(nanos);
    }
  }

  /** An interim response goes out: with 100 the client's turn begins. */
  void onInterim(int status) {
    if (status == 100 && state == State.EXPECTING) {
      state = State.BODY;
      timer.arm(nanos);
    }
  }

  /** Nothing is awaited of the client any more. */
  void clear() {
    state = State.NONE;
    awaited = false;
    timer.clear();
  }

  void close() {
    clear();
    timer.close();
  }

  private void onTimer() {
    if (state != State.BODY) {
      return;
    }
    if (reading.getAsBoolean()) {
      state = State.NONE;
      onExpiry.run();
    } else {
      timer.arm(nanos);
    }
  }
}
