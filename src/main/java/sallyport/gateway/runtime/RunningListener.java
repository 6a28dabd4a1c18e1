package sallyport.gateway.runtime;

import java.util.Set;
import org.jspecify.annotations.Nullable;
import sallyport.config.listener.ListenerConfig;
import sallyport.net.admission.Admission;
import sallyport.net.listener.ListenerGeneration;
import sallyport.tls.server.ServerTls;

/**
 * Listener with the settings of one configuration.
 *
 * @param tls null for a listener that redirects
 * @param httpsPort the port that it redirects to; 0 for a listener that terminates TLS
 * @param generation the connections that are accepted with these settings
 * @param upstreams the backends that its exchanges may use
 */
public record RunningListener(
    ListenerConfig config,
    @Nullable ServerTls tls,
    int httpsPort,
    Admission admission,
    ListenerGeneration generation,
    Set<Upstream> upstreams) {

  /** Applies the limits of this configuration to the admission, which outlives configurations. */
  public void applyAdmission() {
    admission.use(config.limits(), config.proxies().trusted());
  }
}
