package sallyport.proxy.stream;

import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import sallyport.cluster.Endpoint;
import sallyport.connect.ClientTransport;
import sallyport.connect.stream.ExclusiveConnection;

/**
 * The connections to backends that belong to one client's connection: one for each backend at most.
 * They end with it. Every call must run on its event loop.
 */
public final class PinnedConnections {
  /** A connection and the endpoint that it goes to. */
  public record Pin(Endpoint endpoint, ExclusiveConnection connection) {}

  /** Null until there is one. */
  private @Nullable Map<ClientTransport, Pin> pins;

  /** Whether exchanges with this backend need a connection of this client's own. */
  public boolean isNeededFor(ClientTransport backend) {
    return backend.pinsAlways() || get(backend) != null;
  }

  /** Returns the connection to this backend; null when there is none that can be used again. */
  public @Nullable Pin get(ClientTransport backend) {
    Pin pin = pins == null ? null : pins.get(backend);
    if (pins != null && pin != null && !pin.connection().isUsable()) {
      pins.remove(backend);
      pin.connection().abort();
      return null;
    }
    return pin;
  }

  /** Keeps this connection for the client, in place of an earlier one that has ended. */
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
