package sallyport.connect.endpoint;

import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BiConsumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import sallyport.cluster.Endpoint;
import sallyport.cluster.ejection.EjectionChange;
import sallyport.cluster.ejection.EjectionState;
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
      case EjectionChange.EjectedByLatency ejected -> ejectedByLatency(endpoint, ejected);
      case EjectionChange.Kept stays ->
          kept(
              endpoint,
              "fails (%s)".formatted(stays.reason().flag()),
              stays.most(),
              stays.endpoints());
      case EjectionChange.KeptThoughSlow slow ->
          kept(
              endpoint,
              "is slow (%s beside %s)"
                  .formatted(DurationText.of(slow.latency()), DurationText.of(slow.peers())),
              slow.most(),
              slow.endpoints());
      case EjectionChange.Returned returned ->
          LOG.info(
              "backend {}: endpoint {} is in service again", backend.name(), endpoint.described());
    }
  }

  private void ejected(Endpoint endpoint, EjectionChange.Ejected ejected) {
    ejected(
        endpoint,
        ejected.reason().flag(),
        ejected.time(),
        "%s by %s"
            .formatted(
                ejected.failures() == 1
                    ? "1 request failed"
                    : ejected.failures() + " requests failed in a row, the last",
                ejected.reason().flag()));
  }

  private void ejectedByShare(Endpoint endpoint, EjectionChange.EjectedByShare ejected) {
    ejected(
        endpoint,
        ejected.reason().flag(),
        ejected.time(),
        "%d of %d requests failed, the last by %s"
            .formatted(ejected.failures(), ejected.attempts(), ejected.reason().flag()));
  }

  private void ejectedByLatency(Endpoint endpoint, EjectionChange.EjectedByLatency ejected) {
    ejected(
        endpoint,
        EjectionState.LATENCY,
        ejected.time(),
        "half of %d requests took %s or longer, at its peers %s"
            .formatted(
                ejected.requests(),
                DurationText.of(ejected.latency()),
                DurationText.of(ejected.peers())));
  }

  private void ejected(Endpoint endpoint, String reason, Duration time, String why) {
    if (!endpoint.hasLeft()) {
      metrics.upstream(backend.name(), endpoint.name(), endpoint.address()).ejected(reason);
    }
    LOG.warn(
        "backend {}: ejected endpoint {} for {}: {}",
        backend.name(),
        at(endpoint),
        DurationText.of(time, DurationText.Unit.values()),
        why);
  }

  private void kept(Endpoint endpoint, String why, int most, int endpoints) {
    kept.keySet().removeIf(Endpoint::hasLeft);
    kept.computeIfAbsent(endpoint, each -> new LogRateLimit())
        .write(
            leftOut ->
                LOG.warn(
                    "backend {}: endpoint {} {} and stays in service: no more than {} of {} may be"
                        + " ejected at a time (ejection.at-most){}",
                    backend.name(),
                    at(endpoint),
                    why,
                    most,
                    endpoints,
                    LogRateLimit.suffix(leftOut)));
  }

  /** Returns the endpoint, with the address that failed if it has a name. */
  private static String at(Endpoint endpoint) {
    if (!endpoint.address().isEmpty()) {
      return endpoint.described();
    }
    String address = endpoint.failureAddress();
    return address.isEmpty() || Addresses.fixed(endpoint.written()) != null
        ? endpoint.name()
        : endpoint.name() + " at " + address;
  }
}
