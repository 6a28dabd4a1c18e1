package sallyport.proxy;

import io.netty.handler.codec.http.LastHttpContent;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import sallyport.config.route.RouteConfig;
import sallyport.connect.stream.ClientStream;

/** Where an {@link Exchange} stands, which draws the transitions. */
sealed interface ExchangeState {
  /** Returns the attempt under way; null where there is none. */
  default @Nullable Attempt attempt() {
    return null;
  }

  /** Returns the stream to the backend; null where there is none. */
  default @Nullable ClientStream stream() {
    return null;
  }

  /** Whether the client has the head of the response. */
  default boolean hasHead() {
    return false;
  }

  /**
   * Returns how long the backend may be silent: for the response once the request is out, or the
   * client may not go on without one; for progress before and after that.
   */
  default Duration timeout(RouteConfig route, RequestBody body) {
    return route.idleTimeout();
  }

  /** Before the first attempt, and between two. */
  record Idle() implements ExchangeState {}

  /** The request waits for a stream. */
  record Connecting(Attempt attempt) implements ExchangeState {}

  /** The request is on its way, and more of it is to come. */
  record Sending(Attempt attempt, ClientStream stream) implements ExchangeState {
    @Override
    public Duration timeout(RouteConfig route, RequestBody body) {
      return body.isHeldBack() ? route.responseTimeout() : route.idleTimeout();
    }
  }

  /** The request is whole, and the backend's answer is awaited. */
  record AwaitingHead(Attempt attempt, ClientStream stream) implements ExchangeState {
    @Override
    public Duration timeout(RouteConfig route, RequestBody body) {
      return route.responseTimeout();
    }
  }

  /** The backend has to agree to WebSocket; what the client sends waits for that. */
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
   * The client has the response but its end, which follows the end of the request.
   *
   * @param last that end
   */
  record Ending(Attempt attempt, ClientStream stream, LastHttpContent last)
      implements ExchangeState {
    @Override
    public boolean hasHead() {
      return true;
    }
  }

  /** No HTTP any more: bytes in both directions. */
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

  /** The response has begun, and its rest will not come. */
  record Cut() implements ExchangeState {
    @Override
    public boolean hasHead() {
      return true;
    }
  }

  /** Over: accounted for, and nothing is held any more. */
  record Done() implements ExchangeState {}
}
