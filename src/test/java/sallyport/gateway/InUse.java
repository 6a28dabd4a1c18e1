package sallyport.gateway;

import java.util.Objects;
import sallyport.cluster.Cluster;
import sallyport.gateway.runtime.RunningListener;
import sallyport.tls.server.References;

/** What a gateway has in use. */
public final class InUse {
  private InUse() {}

  /** The native TLS contexts of a listener. */
  public static References listener(Gateway gateway, String name) {
    RunningListener listener = Objects.requireNonNull(gateway.runtime().listener(name));
    return References.to(listener.service().servers().getFirst());
  }

  /** The endpoints of a backend. */
  public static Cluster cluster(Gateway gateway, String name) {
    return Objects.requireNonNull(gateway.runtime().upstream(name)).client().cluster();
  }

  /** The native TLS contexts of a backend. */
  public static References backend(Gateway gateway, String name) {
    return References.to(
        Objects.requireNonNull(gateway.runtime().upstream(name)).tls().orElseThrow());
  }
}
