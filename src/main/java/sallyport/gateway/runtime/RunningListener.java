package sallyport.gateway.runtime;

import sallyport.config.listener.ListenerConfig;
import sallyport.net.admission.Admission;
import sallyport.net.listener.ListenerGeneration;

/**
 * Listener with the settings of one configuration. Immutable, apart from the admission.
 *
 * @param admission limits of the listener, which outlive configurations
 * @param generation the connections that are accepted with these settings
 */
public record RunningListener(Service service, Admission admission, ListenerGeneration generation) {
  /** Returns the settings of the listener. */
  ListenerConfig config() {
    return service.config();
  }

  /** Applies the limits of this configuration to the admission. */
  public void applyAdmission() {
    admission.use(config().limits(), config().proxies().trusted());
  }
}
