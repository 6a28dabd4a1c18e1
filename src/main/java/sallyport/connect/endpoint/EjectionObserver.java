package sallyport.connect.endpoint;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BiConsumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import sallyport.cluster.Endpoint;
import sallyport.cluster.ejection.EjectionChange;
import sallyport.config.backend.BackendConfig;
import sallyport.logging.LogRateLimit;
import sallyport.observe.metrics.GatewayMetrics;
import sallyport.values.DurationText;

/**
 * Observer of the ejections of one backend: it counts them, and logs each change.
 *
 * <p>Any thread.
 */
public final class EjectionObserver implements BiConsumer<Endpoint, EjectionChange> {
  private static final Logger LOG = LoggerFactory.getLogger(EjectionObserver.class);

  private final BackendConfig backend;
  private final GatewayMetrics metrics;

  /** Limits of the lines on endpoints that fail and stay, which each further failure repeats. */
  private final Map<Endpoint, LogRateLimit> kept = new ConcurrentHashMap<>();

  public EjectionObserver(BackendConfig backend, GatewayMetrics metrics) {
    this.backend = backend;
    this.metrics = metrics;
  }

  @Override
  public void accept(Endpoint endpoint, EjectionChange change) {
    switch (change) {
      case EjectionChange.Ejected ejected -> ejected(endpoint, ejected);
      case EjectionChange.EjectedByShare ejected -> ejectedByShare(endpoint, ejected);
      case EjectionChange.Kept stays -> kept(endpoint, stays);
      case EjectionChange.Returned returned ->
          LOG.info(
              "backend {}: endpoint {} is in service again", backend.name(), endpoint.described());
    }
  }

  private void ejected(Endpoint endpoint, EjectionChange.Ejected ejected) {
    if (!endpoint.hasLeft()) {
      metrics
          .upstream(backend.name(), endpoint.name(), endpoint.address())
          .ejected(ejected.reason().flag());
    }
    LOG.warn(
        "backend {}: ejected endpoint {} for {}: {} by {}",
        backend.name(),
        at(endpoint),
        DurationText.of(ejected.time(), DurationText.Unit.values()),
        ejected.failures() == 1
            ? "1 request failed"
            : ejected.failures() + " requests failed in a row, the last",
        ejected.reason().flag());
  }

  private void ejectedByShare(Endpoint endpoint, EjectionChange.EjectedByShare ejected) {
    metrics.upstream(backend.name(), endpoint.name()).ejected(ejected.reason().flag());
    LOG.warn(
        "backend {}: ejected endpoint {} for {}: {} of {} requests failed, the last by {}",
        backend.name(),
        at(endpoint),
        DurationText.of(ejected.time(), DurationText.Unit.values()),
        ejected.failures(),
        ejected.attempts(),
        ejected.reason().flag());
  }

  private void kept(Endpoint endpoint, EjectionChange.Kept stays) {
    kept.keySet().removeIf(Endpoint::hasLeft);
    kept.computeIfAbsent(endpoint, each -> new LogRateLimit())
        .write(
            leftOut ->
                LOG.warn(
                    "backend {}: endpoint {} fails ({}) and stays in service: no more than {} of {}"
                        + " may be ejected at a time (ejection.at-most){}",
                    backend.name(),
                    at(endpoint),
                    stays.reason().flag(),
                    stays.most(),
                    stays.endpoints(),
                    LogRateLimit.suffix(leftOut)));
  }

  /** Returns the endpoint, with the address that failed if it has a name. */
  private static String at(Endpoint endpoint) {
    if (!endpoint.address().isEmpty()) {
      return endpoint.described();
    }
    String address = endpoint.failureAddress();
    return address.isEmpty() || Addresses.isLiteral(endpoint.host())
        ? endpoint.name()
        : endpoint.name() + " at " + address;
  }
}
