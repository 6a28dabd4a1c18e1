package sallyport.proxy;

import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import sallyport.cluster.Endpoint;
import sallyport.connect.UpstreamClient;
import sallyport.connect.stream.ExclusiveConnection;

/**
 * The connections to backends that belong to one client's connection: one for each backend at most.
 * They end with it. Every call must run on its event loop.
 */
public final class PinnedConnections {
  /** A connection and the endpoint that it goes to. */
  public record Pin(Endpoint endpoint, ExclusiveConnection connection) {}

  private final Map<UpstreamClient, Pin> pins = new HashMap<>(2);

  /** The connection to this backend; null when there is none, or when it cannot be used again. */
  public @Nullable Pin get(UpstreamClient backend) {
    Pin pin = pins.get(backend);
    if (pin != null && !pin.connection().isUsable()) {
      pins.remove(backend);
      pin.connection().abort();
      return null;
    }
    return pin;
  }

  /** Keeps this connection for the client, in place of an earlier one that has ended. */
  void put(UpstreamClient backend, Endpoint endpoint, ExclusiveConnection connection) {
    connection.hold();
    pins.put(backend, new Pin(endpoint, connection));
  }

  /** Closes all of them. */
  public void close() {
    pins.values().forEach(pin -> pin.connection().abort());
    pins.clear();
  }
}
