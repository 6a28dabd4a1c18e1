package sallyport.front.h2;

import io.netty.handler.codec.http.HttpObject;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.LastHttpContent;
import java.util.function.BooleanSupplier;
import sallyport.net.transport.StreamTimers;

/**
 * Timeout between two pieces of a request body on an HTTP/2 stream, while the gateway reads it.
 *
 * <p>Every call must run on the connection's event loop.
 */
final class BodyTimeout {
  private enum State {
    /** Nothing is awaited of the client. */
    NONE,
    /** The client waits for 100 before it sends the body (RFC 9110 section 10.1.1). */
    EXPECTING,
    /** A part of the body is awaited. */
    BODY
  }

  private final StreamTimers.Timer timer;
  private final long nanos;
  private final BooleanSupplier reading;
  private final Runnable onExpiry;
  private State state = State.NONE;

  /** Whether the timeout begins at the end of this read. */
  private boolean awaited;

  /**
   * @param reading whether the gateway reads the body; if not, the backend is slow and has a
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

  /** Begins the timeout with 100, after which the client sends the body. */
  void onInterim(int status) {
    if (status == 100 && state == State.EXPECTING) {
      state = State.BODY;
      timer.arm(nanos);
    }
  }

  /** Ends the timeout. */
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
