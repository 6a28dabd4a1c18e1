package sallyport.gateway;

import java.util.Objects;
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

  /** The native TLS contexts of a backend. */
  public static References backend(Gateway gateway, String name) {
    return References.to(Objects.requireNonNull(gateway.runtime().upstream(name)).tls());
  }
}
