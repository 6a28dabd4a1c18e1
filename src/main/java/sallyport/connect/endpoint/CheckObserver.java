package sallyport.connect.endpoint;

import java.net.SocketAddress;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import sallyport.cluster.Endpoint;
import sallyport.cluster.health.CheckResult;
import sallyport.cluster.health.HealthState;
import sallyport.config.backend.BackendConfig;
import sallyport.net.Failure;

/**
 * Observer of the health checks of one endpoint: it counts results, and logs changes. Connections
 * of checks are no traffic, and are not counted with it.
 *
 * <p>Every call must run on the event loop of the checks.
 */
public final class CheckObserver implements ConnectionObserver {
  private static final Logger LOG = LoggerFactory.getLogger(CheckObserver.class);

  private final BackendConfig backend;
  private final Endpoint endpoint;
  private final EndpointObserver traffic;

  /** Address and reason of the present check's latest failure. */
  private @Nullable SocketAddress address;

  private @Nullable String detail;

  /** Result of the check before; null before the first. */
  private @Nullable CheckResult last;

  /**
   * @param traffic observes the connections of requests, and knows which endpoints ask for the
   *     gateway's certificate
   */
  public CheckObserver(BackendConfig backend, Endpoint endpoint, EndpointObserver traffic) {
    this.backend = backend;
    this.endpoint = endpoint;
    this.traffic = traffic;
  }

  /** Begins a check. */
  public void begin() {
    address = null;
    detail = null;
  }

  /**
   * Returns the reason of the present check's latest failure, for people; null if none is known.
   */
  public @Nullable String detail() {
    return detail;
  }

  @Override
  public void connected(Endpoint endpoint, long nanos) {}

  @Override
  public boolean handshake(
      Endpoint endpoint,
      SocketAddress address,
      String version,
      boolean resumed,
      boolean certificateSent) {
    this.address = address;
    return traffic.asksForCertificate(endpoint, address, certificateSent);
  }

  @Override
  public void connectFailed(
      Endpoint endpoint,
      @Nullable SocketAddress address,
      Failure.Upstream failure,
      @Nullable String reason) {
    this.address = address;
    if (reason != null) {
      detail = reason;
    }
  }

  @Override
  public void audit(Endpoint endpoint, Failure.Upstream failure, String reason) {
    detail = reason;
  }

  /** Counts a result, and logs and audits what is new. */
  public void checked(CheckResult result, HealthState before, HealthState after) {
    traffic.metrics(endpoint).checked(result.word());
    if (result instanceof CheckResult.Failing failing
        && EndpointObserver.isOfIdentity(failing.failure())
        && (last == null || !last.word().equals(result.word()))) {
      // Once for each time that it begins, not for each check.
      traffic.audit(endpoint, failing.failure(), failing.reason());
    }
    last = result;
    if (before.isHealthy() != after.isHealthy()) {
      log(after);
    }
  }

  private void log(HealthState state) {
    switch (state) {
      case HealthState.Unhealthy unhealthy ->
          LOG.warn(
              "backend {}: endpoint {} is unhealthy: {}: {}",
              backend.name(),
              EndpointObserver.at(endpoint, address),
              unhealthy.failures() == 1
                  ? "a health check failed"
                  : unhealthy.failures() + " health checks failed in a row, the last",
              unhealthy.reason().reason());
      case HealthState.Healthy healthy ->
          LOG.info("backend {}: endpoint {} is healthy again", backend.name(), endpoint.name());
      case HealthState.Unchecked unchecked -> {}
    }
  }
}
