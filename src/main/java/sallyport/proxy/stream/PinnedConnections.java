package sallyport.proxy.stream;

import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import sallyport.cluster.Endpoint;
import sallyport.connect.ClientTransport;
import sallyport.connect.stream.ExclusiveConnection;

/**
 * Connections to backends that are pinned to one client's connection: at most one for each backend.
 * They close with the client's connection.
 *
 * <p>Every call must run on the event loop of the client's connection.
 */
public final class PinnedConnections {
  /** Connection and its endpoint. */
  public record Pin(Endpoint endpoint, ExclusiveConnection connection) {}

  /** Null before the first. */
  private @Nullable Map<ClientTransport, Pin> pins;

  /** Returns whether exchanges with this backend need a pinned connection. */
  public boolean isNeededFor(ClientTransport backend) {
    return backend.pinsAlways() || get(backend) != null;
  }

  /** Returns the pinned connection to this backend; null without one that can be used again. */
  public @Nullable Pin get(ClientTransport backend) {
    Pin pin = pins == null ? null : pins.get(backend);
    if (pins != null && pin != null && !pin.connection().isUsable()) {
      pins.remove(backend);
      pin.connection().abort();
      return null;
    }
    return pin;
  }

  /** Pins a connection to the client, in place of an earlier one that has ended. */
  public void put(ClientTransport backend, Endpoint endpoint, ExclusiveConnection connection) {
    connection.hold();
    if (pins == null) {
      pins = new HashMap<>(2);
    }
    pins.put(backend, new Pin(endpoint, connection));
  }

  /** Closes all of them. */
  public void close() {
    if (pins != null) {
      pins.values().forEach(pin -> pin.connection().abort());
      pins = null;
    }
  }
}
