package sallyport.gateway.reload;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import sallyport.admin.Control;
import sallyport.cluster.Cluster;
import sallyport.cluster.Endpoint;
import sallyport.cluster.Withdrawal;

/**
 * Endpoints that operators have drained, by the names of the configuration. A drain stays until an
 * operator ends it, or until a configuration no longer has the endpoint: another cluster for the
 * same backend gets it too.
 *
 * <p>Not for several threads.
 */
final class EndpointDrains {
  private static final Logger LOG = LoggerFactory.getLogger(EndpointDrains.class);

  /** Endpoint by its names. */
  record Name(String backend, String endpoint) {
    @Override
    public String toString() {
      return backend + "/" + endpoint;
    }
  }

  private final Set<Name> drained = new LinkedHashSet<>();

  /**
   * Drains an endpoint.
   *
   * @param clusters by the names of their backends
   * @param written {@code BACKEND/HOST:PORT}, or {@code HOST:PORT} where one backend alone has it
   * @param force whether the last endpoint of its backend may be taken
   * @param operator for the log
   */
  Control.Answer drain(
      Map<String, Cluster> clusters, String written, boolean force, String operator) {
    List<Name> found = find(clusters, written);
    if (found.size() != 1) {
      return notOne(clusters, written, found);
    }
    Name name = found.getFirst();
    Cluster cluster = Objects.requireNonNull(clusters.get(name.backend()));
    List<Endpoint> meant = endpoints(cluster, name);
    if (!force && cluster.endpoints().stream().noneMatch(e -> !meant.contains(e) && e.isUp())) {
      return new Control.Answer(
          Control.Outcome.REFUSED,
          List.of(
              name
                  + ": is not drained: no other endpoint of the backend is in service; its requests"
                  + " would get 503. With force it is drained all the same"));
    }
    if (!drained.add(name)) {
      return done(name + ": is drained already");
    }
    int requests = 0;
    for (Endpoint endpoint : meant) {
      endpoint.withdraw(Withdrawal.DRAINED);
      requests += endpoint.requests();
    }
    LOG.info(
        "backend {}: endpoint {} is drained, by {}", name.backend(), name.endpoint(), operator);
    return done(name + ": drained; requests in progress: " + requests);
  }

  /**
   * Ends the drain of an endpoint.
   *
   * @param clusters by the names of their backends
   * @param written as for {@link #drain}; null for all drained endpoints
   * @param operator for the log
   */
  Control.Answer undrain(Map<String, Cluster> clusters, @Nullable String written, String operator) {
    List<Name> found = written == null ? List.copyOf(drained) : find(clusters, written);
    if (written != null && found.size() != 1) {
      return notOne(clusters, written, found);
    }
    List<String> lines = new ArrayList<>();
    for (Name name : found) {
      if (!drained.remove(name)) {
        lines.add(name + ": is not drained");
        continue;
      }
      Cluster cluster = Objects.requireNonNull(clusters.get(name.backend()));
      endpoints(cluster, name).forEach(endpoint -> endpoint.restore(Withdrawal.DRAINED));
      LOG.info(
          "backend {}: endpoint {} is no longer drained, by {}",
          name.backend(),
          name.endpoint(),
          operator);
      lines.add(name + ": takes requests again");
    }
    return new Control.Answer(
        Control.Outcome.DONE, lines.isEmpty() ? List.of("no endpoint is drained") : lines);
  }

  /**
   * Applies the drains to the clusters of another configuration, before they get requests, and
   * forgets those of endpoints that it does not have.
   *
   * @param clusters by the names of their backends
   */
  void carryOver(Map<String, Cluster> clusters) {
    drained.removeIf(
        name -> {
          Cluster cluster = clusters.get(name.backend());
          List<Endpoint> meant = cluster == null ? List.of() : endpoints(cluster, name);
          meant.forEach(endpoint -> endpoint.withdraw(Withdrawal.DRAINED));
          if (meant.isEmpty()) {
            LOG.info(
                "backend {}: endpoint {} was drained and is no longer configured",
                name.backend(),
                name.endpoint());
          }
          return meant.isEmpty();
        });
  }

  private static List<Endpoint> endpoints(Cluster cluster, Name name) {
    return cluster.endpoints().stream().filter(e -> e.name().equals(name.endpoint())).toList();
  }

  private static List<Name> find(Map<String, Cluster> clusters, String written) {
    return all(clusters).stream()
        .filter(name -> written.equals(name.toString()) || written.equals(name.endpoint()))
        .toList();
  }

  private static Set<Name> all(Map<String, Cluster> clusters) {
    Set<Name> names = new LinkedHashSet<>();
    clusters.forEach(
        (backend, cluster) ->
            cluster.endpoints().forEach(each -> names.add(new Name(backend, each.name()))));
    return names;
  }

  private static Control.Answer notOne(
      Map<String, Cluster> clusters, String written, List<Name> found) {
    boolean unknown = found.isEmpty();
    List<String> lines = new ArrayList<>();
    lines.add(
        unknown
            ? "there is no endpoint '" + written + "'; there are:"
            : "'" + written + "' is an endpoint of several backends; name one of:");
    (unknown ? all(clusters) : found).forEach(name -> lines.add("  " + name));
    return new Control.Answer(unknown ? Control.Outcome.UNKNOWN : Control.Outcome.REFUSED, lines);
  }

  private static Control.Answer done(String line) {
    return new Control.Answer(Control.Outcome.DONE, List.of(line));
  }
}
