package sallyport.proxy;

import io.netty.handler.codec.http.LastHttpContent;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import sallyport.config.route.RouteConfig;
import sallyport.connect.stream.ClientStream;

/** State of an {@link Exchange}, whose Javadoc draws the transitions. Immutable. */
sealed interface ExchangeState {
  /** Returns the attempt under way; null without one. */
  default @Nullable Attempt attempt() {
    return null;
  }

  /** Returns the stream to the backend; null without one. */
  default @Nullable ClientStream stream() {
    return null;
  }

  /** Returns whether the client has the head of the response. */
  default boolean hasHead() {
    return false;
  }

  /**
   * Returns how long the backend may be silent. The response timeout applies once the request is
   * sent, and while the client waits for 100; the idle timeout applies otherwise.
   */
  default Duration timeout(RouteConfig route, RequestBody body) {
    return route.idleTimeout();
  }

  /** Before the first attempt, and between two. */
  record Idle() implements ExchangeState {}

  /** The request waits for a stream. */
  record Connecting(Attempt attempt) implements ExchangeState {}

  /** A part of the request is sent, and more of it follows. */
  record Sending(Attempt attempt, ClientStream stream) implements ExchangeState {
    @Override
    public Duration timeout(RouteConfig route, RequestBody body) {
      return body.isHeldBack() ? route.responseTimeout() : route.idleTimeout();
    }
  }

  /** The request is sent, and its response has not begun. */
  record AwaitingHead(Attempt attempt, ClientStream stream) implements ExchangeState {
    @Override
    public Duration timeout(RouteConfig route, RequestBody body) {
      return route.responseTimeout();
    }
  }

  /** The backend has to accept WebSocket; what the client sends waits until then. */
  record AwaitingSwitch(Attempt attempt, ClientStream stream) implements ExchangeState {
    @Override
    public Duration timeout(RouteConfig route, RequestBody body) {
      return route.responseTimeout();
    }
  }

  /** The client gets the response. */
  record Relaying(Attempt attempt, ClientStream stream) implements ExchangeState {
    @Override
    public boolean hasHead() {
      return true;
    }
  }

  /**
   * The client has all of the response but its end, which follows the end of the request.
   *
   * @param last the end of the response
   */
  record Ending(Attempt attempt, ClientStream stream, LastHttpContent last)
      implements ExchangeState {
    @Override
    public boolean hasHead() {
      return true;
    }
  }

  /** A WebSocket: bytes in both directions. */
  record Tunnel(Attempt attempt, ClientStream stream) implements ExchangeState {
    @Override
    public Duration timeout(RouteConfig route, RequestBody body) {
      return route.tunnelTimeout();
    }

    @Override
    public boolean hasHead() {
      return true;
    }
  }

  /** The response has begun, and the backend has failed. */
  record Cut() implements ExchangeState {
    @Override
    public boolean hasHead() {
      return true;
    }
  }

  /** The exchange is over, logged, and holds nothing. */
  record Done() implements ExchangeState {}
}
